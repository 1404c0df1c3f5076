"""The sieve: which treatments still pass, and which barrier refused each of the others.

Knows masks over treatments; knows nothing of why a barrier refuses. A treatment falls at the first barrier
that refuses it; doing nothing, treatment 0, passes them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.domain.decision import DropOut
from models.domain.history import Ints
from models.domain.journey import Journey

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Treatments that one barrier refused. ``detail(treatment)`` tells what it saw, for people."""

    tier: str
    code: str
    treatments: Ints
    detail: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Screening:
    """The result for one situation.

    Attributes:
        eligible: shape (T,). Doing nothing, position 0, is always true.
        headroom: shape (L,). How many more contacts each contact limit admits.
        refusals: in the order of the barriers; each refused treatment is in exactly one.
    """

    eligible: Bools
    headroom: Ints
    refusals: tuple[Refusal, ...]

    def drop_outs(self, journey: Journey) -> tuple[DropOut, ...]:
        """Every refused treatment with its reason."""
        return tuple(
            DropOut(
                action=journey.treatments[index].action,
                channel=journey.treatments[index].channel,
                tier=refusal.tier,
                code=refusal.code,
                detail=refusal.detail(index),
            )
            for refusal in self.refusals
            for index in refusal.treatments.tolist()
        )


class Sieve:
    """Treatments that still pass, and who was refused where."""

    __slots__ = ("passing", "refusals")

    def __init__(self, size: int) -> None:
        self.passing: Bools = np.ones(size, dtype=np.bool_)
        self.refusals: list[Refusal] = []

    def refuse(self, blocked: Bools, tier: str, code: str, detail: Callable[[int], str]) -> None:
        caught = blocked & self.passing
        caught[0] = False
        if caught.any():
            self.passing &= ~caught
            self.refusals.append(Refusal(tier, code, np.flatnonzero(caught), detail))


def always(text: str) -> Callable[[int], str]:
    return lambda _: text
