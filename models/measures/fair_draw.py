"""Whether arms have the sizes that they were designed to have.

A sample-ratio check that may be asked at every moment: its false alarms stay below 1 % however often one
looks. Beside it, the band that a fair draw gives 99 times in 100.

Source: Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt
from typing import Any, Final

FALSE_ALARMS: Final = 0.01
_NORMAL_99: Final = 2.5758293035489004
_CONCENTRATION: Final = 1_000.0
"""How close to the design deviations are looked for: the prior is worth so many customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmShare:
    """An arm's share of the customers.

    Designed, seen, and the band of a fair draw.
    """

    arm: str
    designed: float
    seen: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FairDraw:
    """The check. ``p_value``: valid at every look; None: nobody was drawn."""

    fair: bool
    p_value: float | None
    customers: int
    shares: tuple[ArmShare, ...]
    in_two_arms: int

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        names = ("arm", "designed", "seen", "low", "high")
        shares = [{name: getattr(share, name) for name in names} for share in self.shares]
        return {
            "fair": self.fair,
            "p_value": self.p_value,
            "customers": self.customers,
            "shares": shares,
            "in_two_arms": self.in_two_arms,
        }


def fair_draw(designed: Mapping[str, float], seen: Mapping[str, int], in_two_arms: int = 0) -> FairDraw:
    """Compare the customers seen in each arm with the designed shares.

    Args:
        designed: arm → share of the customers; they sum to one.
        seen: arm → customers; arms without a design are left out.
        in_two_arms: customers seen in more than one, who are in none of ``seen``.
    """
    counts = {arm: seen.get(arm, 0) for arm, share in designed.items() if share > 0}
    n = sum(counts.values())
    shares = tuple(_share(arm, designed[arm], count, n) for arm, count in counts.items())
    p = p_value({arm: designed[arm] for arm in counts}, counts) if n else None
    fair = p is None or p >= FALSE_ALARMS
    return FairDraw(fair=fair, p_value=p, customers=n, shares=shares, in_two_arms=in_two_arms)


def p_value(designed: Mapping[str, float], counts: Mapping[str, int]) -> float:
    """One over the Bayes factor against the design, at most 1: below α at any look with chance α at most.

    Example:
        >>> p_value({"a": 0.95, "b": 0.05}, {"a": 19_000, "b": 1_000})
        1.0
        >>> p_value({"a": 0.95, "b": 0.05}, {"a": 19_000, "b": 1_400}) < 1e-9
        True
    """
    n, total = sum(counts.values()), sum(designed.values())
    evidence = lgamma(_CONCENTRATION) - lgamma(_CONCENTRATION + n)
    for arm, share in designed.items():
        prior, count = _CONCENTRATION * share / total, counts[arm]
        evidence += lgamma(prior + count) - lgamma(prior) - count * log(share / total)
    return exp(min(0.0, -evidence))


def _share(arm: str, designed: float, count: int, n: int) -> ArmShare:
    half = _NORMAL_99 * sqrt(designed * (1 - designed) / n) if n else 0.0
    return ArmShare(
        arm=arm,
        designed=designed,
        seen=count / n if n else 0.0,
        low=max(designed - half, 0.0),
        high=min(designed + half, 1.0),
    )
