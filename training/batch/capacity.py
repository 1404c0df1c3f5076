"""Shares out a channel's contacts of the day.

Each is first decided for as if there were room for everybody; then the highest gains keep their contact. The
price is what the first of the others would have gained. Knows gains and rooms; knows nothing of how decisions
are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
        price: EUR, the gain of that one.
    """

    last: Turn | None
    first_out: Turn | None
    price: float | None

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


def rooms_of(journey: Journey) -> dict[str, int]:
    """Scarce channels and how many contacts a day they have."""
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
                price=None if out is None else out.gain,
            )
    return cuts
