"""Shares out the contacts of a day on scarce channels.

Everybody is first decided for as if there were room for all; then the highest gains keep their contact. The
price is what the first of the others would have gained. Days are those of the company's time zone. Knows
gains and rooms; knows nothing of how decisions are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.domain.clock import utc_offset_ms
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.uniform_hash import uniform_hash

ROOM_FOR_ALL = 2**40

Turn = tuple[float, float]
"""Where a wish stands: by its gain, falling; then by a hash, so that the order of customers means nothing."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A contact that a decision wants on a scarce channel.

    ``gain``: EUR over doing nothing.
    """

    decision_id: str
    channel: str
    gain: float

    @property
    def turn(self) -> Turn:
        return (-self.gain, uniform_hash(self.decision_id))


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the contacts of a channel end.

    Attributes:
        last: the last wish that is granted; None: there is no room at all.
        first_out: the first that is not; None: all are granted.
    """

    last: Turn | None
    first_out: Turn | None

    @property
    def price(self) -> float | None:
        """EUR that the first of those who are out would have gained."""
        return None if self.first_out is None else -self.first_out[0]

    def to_json(self) -> list[Turn | None]:
        """``from_json`` gives it back, to the last bit."""
        return [self.last, self.first_out]

    @classmethod
    def from_json(cls, told: Any) -> Cut:
        """What ``to_json`` told."""
        last, first_out = (None if turn is None else (float(turn[0]), float(turn[1])) for turn in told)
        return cls(last, first_out)

    def grants(self, wish: Wish, *, wished: Wish | None) -> bool:
        """Whether a wish would be granted, given what all others wish.

        Args:
            wished: what the same decision wishes on this channel; None: nothing.
        """
        if self.last is None:
            return False
        if wished is not None and wished.turn <= self.last:  # without it, the first that is out would be in
            return self.first_out is None or wish.turn < self.first_out
        return wish.turn < self.last


def local_day(journey: Journey, instant: int) -> int:
    """Days since 1970 on the company's calendar."""
    offset = utc_offset_ms(journey.time_zone, np.array([instant], dtype=np.int64))
    return (instant + int(offset[0])) // DAY_MS


def scarce(journey: Journey) -> dict[str, int]:
    """Channel → contacts a day, of those that have a capacity."""
    return {c.name: c.daily_capacity for c in journey.channels if c.daily_capacity is not None}


def for_all(rooms: Mapping[str, int]) -> dict[str, int]:
    """As if there were room for everybody."""
    return dict.fromkeys(rooms, ROOM_FOR_ALL)


def share_out(wishes: Sequence[Wish], rooms: Mapping[str, int]) -> dict[str, Cut]:
    """Channel → where its contacts end; channels with room for one more are missing."""
    cuts = {}
    for channel, room in rooms.items():
        wanting = sorted((wish for wish in wishes if wish.channel == channel), key=lambda wish: wish.turn)
        if len(wanting) >= room:
            out = wanting[room] if len(wanting) > room else None
            cuts[channel] = Cut(
                last=wanting[room - 1].turn if room else None,
                first_out=None if out is None else out.turn,
            )
    return cuts
