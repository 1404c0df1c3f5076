"""How many customers will ask for something, with an interval.

Knows numbers of customers per day; knows nothing of what they asked for.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from models.arrays import Ints
from models.statistics import NORMAL_90

WEEK: Final = 7
_FEWEST_BLOCKS: Final = 4
_MOST_COUNTED: Final = 100_000.0
"""Up to this mean the quantiles are counted out; above, the normal distribution is near enough."""


class Forecast(NamedTuple):
    """Customers within the horizon: the expected number and a 90 % interval."""

    value: float
    low: float
    high: float


def forecast(per_day: Ints, horizon_days: float) -> Forecast:
    """Customers within the next ``horizon_days``, if they come as they came.

    The rate is that of the days seen, with half a customer added for what was not seen (Jeffreys' prior).
    The interval has both the chance of the coming days and what the days seen leave open about the rate, as a
    negative binomial distribution. Where weeks differ by more than chance, both are widened by the ratio of
    variance to mean.

    Args:
        per_day: shape (n,). New customers on each day, n at least 1.
        horizon_days: above 0.

    Note:
        With a trend or a season the rate of the next days is another; look at the weeks.

    Example:
        >>> forecast(np.array([2, 3, 1, 2, 2, 3, 1] * 4), 28)
        Forecast(value=56.5, low=40.0, high=75.0)
    """
    days, total = len(per_day), float(per_day.sum())
    spread = dispersion(per_day)
    mean = (total + 0.5 * spread) / days * horizon_days
    variance = spread * mean * (1.0 + horizon_days / days)
    low, high = _quantiles(mean, max(variance, mean * (1.0 + 1e-9)))
    return Forecast(round(mean, 6), low, high)


def dispersion(per_day: Ints) -> float:
    """Variance over mean of the weeks, at least 1; of the days where there are less than four weeks."""
    size = WEEK if len(per_day) >= _FEWEST_BLOCKS * WEEK else 1
    blocks = len(per_day) // size
    if blocks < _FEWEST_BLOCKS:
        return 1.0
    sums = per_day[len(per_day) - blocks * size :].reshape(blocks, size).sum(axis=1)
    mean = float(sums.mean())
    return max(1.0, float(sums.var(ddof=1)) / mean) if mean > 0 else 1.0


def _quantiles(mean: float, variance: float) -> tuple[float, float]:
    """The 5 % and 95 % quantiles of a negative binomial distribution."""
    if mean > _MOST_COUNTED:
        half = NORMAL_90 * math.sqrt(variance)
        return max(0.0, math.floor(mean - half)), math.ceil(mean + half)
    size = mean * mean / (variance - mean)
    most = math.ceil(mean + 12.0 * math.sqrt(variance)) + 10
    failure = size / (size + mean)
    counts = np.arange(most, dtype=np.float64)
    ratios = np.log((counts + size) / (counts + 1.0)) + math.log1p(-failure)  # of each to the one before
    logs = size * math.log(failure) + np.concatenate([[0.0], np.cumsum(ratios)])
    cumulated = np.cumsum(np.exp(logs))
    low, high = np.searchsorted(cumulated, (0.05, 0.95))
    return float(min(low, most)), float(min(high, most))
