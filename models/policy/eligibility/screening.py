"""Which treatments still pass, and which barrier refused each of the others.

Knows sets of treatments; knows nothing of why a barrier refuses. A treatment falls at the first barrier
that refuses it; doing nothing, treatment 0, passes them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from models.arrays import Ints
from models.domain.decision import DropOut
from models.domain.journey import Journey
from models.policy.eligibility.treatment_sets import NOTHING, codes_of, members

Detail = Callable[[int], str]
"""From a refused treatment to what the barrier saw, for people; called only for explanations."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Treatments, as bits, that one barrier refused."""

    tier: str
    code: str
    treatments: int
    detail: Detail


@dataclass(frozen=True, slots=True)
class FilterResult:
    """The result for one situation.

    Attributes:
        candidates: shape (k,). Codes of the treatments that passed, ascending; doing nothing first.
        headroom: shape (L,). How many more contacts each contact limit admits.
        refusals: in the order of the barriers; each refused treatment is in exactly one.
        failures: codes of policies whose rule failed while it ran, once each.
        again: gives the same result, with what each barrier saw; None: ``refusals`` tell it.
    """

    candidates: Ints
    headroom: Ints
    refusals: tuple[Refusal, ...]
    failures: tuple[str, ...] = ()
    again: Callable[[], FilterResult] | None = field(default=None, compare=False)

    def drop_outs(self, journey: Journey) -> tuple[DropOut, ...]:
        """Every refused treatment with its reason."""
        if self.again is not None:
            return self.again().drop_outs(journey)
        return tuple(
            DropOut(
                action=journey.treatments[index].action,
                channel=journey.treatments[index].channel,
                tier=refusal.tier,
                code=refusal.code,
                detail=refusal.detail(index),
            )
            for refusal in self.refusals
            for index in members(refusal.treatments)
        )


class EligibilityFilter:
    """Treatments, as bits, that still pass, and who was refused where."""

    __slots__ = ("_size", "failures", "passing", "refusals")

    def __init__(self, size: int) -> None:
        self._size = size
        self.passing = (1 << size) - 1
        self.refusals: list[Refusal] = []
        self.failures: dict[str, None] = {}

    def refuse(self, blocked: int, tier: str, code: str, detail: Detail) -> None:
        """Take ``blocked`` out, as far as it still passes; doing nothing never falls."""
        caught = blocked & self.passing & ~NOTHING
        if caught:
            self.passing &= ~caught
            self.refusals.append(Refusal(tier, code, caught, detail))

    def result(self, headroom: Ints) -> FilterResult:
        """What has passed and what was refused."""
        candidates = codes_of(self.passing, self._size)
        return FilterResult(candidates, headroom, tuple(self.refusals), tuple(self.failures))


class AllRefusals(EligibilityFilter):
    """Lets nothing fall, so that every barrier judges every treatment."""

    __slots__ = ("by_code",)

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.by_code: dict[str, int] = {}

    def refuse(self, blocked: int, tier: str, code: str, detail: Detail) -> None:
        """Note what ``code`` refuses; it goes on to the next barrier."""
        caught = blocked & self.passing & ~NOTHING
        if caught:
            self.by_code[code] = self.by_code.get(code, 0) | caught

    def alone(self) -> dict[str, int]:
        """Code → treatments that it alone refuses: how many, where there are any."""
        once = twice = 0
        for refused in self.by_code.values():
            twice |= once & refused
            once |= refused
        counts = {code: (refused & ~twice).bit_count() for code, refused in self.by_code.items()}
        return {code: count for code, count in counts.items() if count}


def always(text: str) -> Detail:
    """The same detail for every treatment."""
    return lambda _: text


SEEN_AGAIN: Final = always("")
"""Of a refusal that many customers share: what a barrier saw of one tells ``FilterResult.again``."""
