"""Shares out a channel's contacts of the day.

Each is first decided for as if there were room for everybody; then the highest gains keep their contact. The
price is what the last of them gains. Knows gains and rooms; knows nothing of how decisions are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.domain.journey import Journey
from models.uniform_hash import uniform_hash

ROOM_FOR_ALL = 2**40


@dataclass(frozen=True, slots=True)
class Wish:
    """A contact that a decision wants on a scarce channel.

    ``gain``: EUR over doing nothing.
    """

    decision_id: str
    channel: str
    gain: float


def rooms_of(journey: Journey) -> dict[str, int]:
    """Scarce channels and how many contacts a day they have."""
    return {c.name: c.daily_capacity for c in journey.channels if c.daily_capacity is not None}


def for_all(rooms: Mapping[str, int]) -> dict[str, int]:
    """As if there were room for everybody."""
    return dict.fromkeys(rooms, ROOM_FOR_ALL)


def losers(wishes: Sequence[Wish], rooms: Mapping[str, int]) -> tuple[frozenset[str], dict[str, float]]:
    """Decisions that get no contact, and the price of each channel that is full.

    Equal gains are told apart by a hash of the decision's id, so the order of customers means nothing.
    """
    lost: set[str] = set()
    prices = {}
    for channel, room in rooms.items():
        wanting = sorted(
            (wish for wish in wishes if wish.channel == channel),
            key=lambda wish: (-wish.gain, uniform_hash(wish.decision_id)),
        )
        if len(wanting) > room:
            lost |= {wish.decision_id for wish in wanting[room:]}
            prices[channel] = wanting[room].gain
    return frozenset(lost), prices
