"""Estimates with intervals, once and for those who look every day.

A 95 % interval holds the truth in 95 of 100 experiments that are looked at once. Who looks every day and
stops at a lucky one is wrong more often; the always-valid interval is wide enough for that: it holds at
every look of a period together.

Source: Robbins, "Statistical methods related to the law of the iterated logarithm", Annals of Mathematical
Statistics 1970; for estimated variances: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central
limit theory and asymptotic confidence sequences", Annals of Statistics 2024.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, log, sqrt
from typing import Any, Final

from models.statistics import NORMAL_95

ALPHA: Final = 0.05
_SCALE: Final = -2 * log(ALPHA) + log(-2 * log(ALPHA) + 1)
"""Variance at which the always-valid interval is narrowest, over that of its mixture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate and what it may be with 95 % certainty."""

    value: float
    low: float
    high: float

    def proved(self, beside: float = 0.0) -> str:
        """``up`` or ``down`` where the interval leaves ``beside`` out, else ``no``."""
        return "up" if self.low > beside else "down" if self.high < beside else "no"

    def to_json(self, beside: float | None = 0.0) -> dict[str, Any]:
        """As JSON values; ``beside`` None: nothing is to be proved."""
        numbers = {name: _finite(getattr(self, name)) for name in ("value", "low", "high")}
        return {**numbers, "proved": None if beside is None else self.proved(beside)}


def once(value: float, variance: float) -> Interval:
    """The interval for one look; ``variance``: of the estimate."""
    half = NORMAL_95 * sqrt(max(variance, 0.0))
    return Interval(value=value, low=value - half, high=value + half)


def always(value: float, variance: float, share: float = 1.0) -> Interval:
    """The interval for every look of a period together.

    Args:
        value: what has added up so far.
        variance: of it.
        share: of the period that has passed, in (0, 1]; it is narrowest at the end.

    Example:
        >>> round(always(0.0, 1.0).high, 2), round(always(0.0, 1.0, 0.1).high, 2)
        (3.04, 3.86)
    """
    passed = _SCALE * min(max(share, 1e-6), 1.0)
    half = sqrt(max(variance, 0.0) * (1 + 1 / passed) * log((1 + passed) / ALPHA**2))
    return Interval(value=value, low=value - half, high=value + half)


def times_needed(interval: Interval) -> float:
    """How many times as many customers would prove the difference that is there now.

    1 or less: enough already; infinite where there is no difference.
    """
    half = (interval.high - interval.low) / 2
    return inf if interval.value == 0 else (half / interval.value) ** 2


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None
