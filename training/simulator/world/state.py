"""Simulated customers, their hidden sides included.

Who they are, and where they stand at the next decision. Knows only columns, one entry a customer; what
changes them is ``world.py``. Times are integer milliseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.arrays import Floats, Ints, Mask


@dataclass(frozen=True, kw_only=True, eq=False)
class People:
    """What never changes about ``n`` customers.

    Attributes:
        warmth: (n,) hidden. taste: (n, C) hidden.
        available: (n, C) whether the customer can be reached on the channel at the start.
        attributes: one mapping a customer, as the customers table has it.
        first_decision_at: (n,) when the first decision is due.
    """

    warmth: Floats
    taste: Floats
    available: Mask
    attributes: Sequence[Mapping[str, Any]]
    first_decision_at: Ints

    @property
    def n(self) -> int:
        return len(self.warmth)


@dataclass(kw_only=True, eq=False)
class State:
    """Where each customer stands at decision ``step``. ``World.step`` changes it in place.

    Attributes:
        phase: (n,) the true phase. observed: (n,) the phase that the records tell.
        fatigue: (n,). last_activity_at: (n,) the customer's own last sign of life.
        available: (n, C) consent as it is now.
        contacted_at: (n, T) last contact with each treatment; a very early time if never.
        answered: (n, T) whether a treatment ever got a positive response.
        contacts: treatments chosen at the steps so far, each (n,); decision times alike.
    """

    people: People
    step: int
    phase: Ints
    observed: Ints
    fatigue: Floats
    last_activity_at: Ints
    available: Mask
    contacted_at: Ints
    answered: Mask
    contacts: list[Ints]
    times: list[Ints]

    @property
    def n(self) -> int:
        return self.people.n
