"""Intervals where rewards are rare.

The gamma interval of a weighted sum of Poisson events. A log of 20,000 decisions with 40 purchases holds 40
observations, whatever the number of rows says. A bootstrap of them does not know what the next purchase will
weigh, and its intervals are too short; this one adds one more event of the largest weight to the upper end,
and holds with no event at all.

Knows what customers brought under weights; knows nothing of policies.

Source: Fay and Feuer, "Confidence intervals for directly standardized rates", Statistics in Medicine 1997.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from models.arrays import Floats
from training.evaluation.off_policy.bootstrap import Estimate

FEW: Final = 50.0
"""Below so many effective rewarded events, the gamma interval is the one to believe."""
TOO_FEW: Final = 10.0
"""Below so many an interval may be shown, but nothing can be ranked or promoted by it."""
TYPICAL_LARGE: Final = 0.9
"""Quantile of the rewards that an event nobody has seen yet is thought to bring."""


def effective_events(customer: NDArray[Any], weight: Floats, reward: Floats) -> float:
    """Rewarded customers that count: (Σ w r)² / Σ (w r)², a customer's rows added up first.

    Example:
        >>> effective_events(np.array([1, 1, 2]), np.ones(3), np.array([0.0, 5.0, 5.0]))
        2.0
    """
    brought = _by_customer(customer, weight * reward)
    squares = float((brought**2).sum())
    return float(brought.sum()) ** 2 / squares if squares > 0 else 0.0


def gamma_interval(
    customer: NDArray[Any],
    weight: Floats,
    reward: Floats,
    *,
    usual: float | None = None,
    level: float = 0.95,
    shift: float = 0.0,
) -> Estimate:
    """Weighted mean of non-negative rewards (SNIPS) and its interval.

    Args:
        customer: shape (n,). Rows of one customer are one observation.
        weight: shape (n,), at least 0. Target over logged probability.
        reward: shape (n,), at least 0. EUR.
        usual: EUR of a large reward, where the log may hold too few to know; by default a quantile of them.
        level: of the interval.
        shift: added to the value and both ends: that of a doubly robust estimate minus this one.

    Returns:
        The upper end is infinite where no event came and ``usual`` is not given.

    Raises:
        ValueError: a weight or reward is negative, or all weights are 0.
    """
    if (weight < 0).any() or (reward < 0).any() or not weight.sum() > 0:
        raise ValueError("gamma_interval needs rewards and weights of at least 0, and a weight above 0")
    total = _by_customer(customer, weight * reward)
    total_weight = float(weight.sum())
    mean, variance = float(total.sum()), float((total**2).sum())
    paid = reward[reward > 0]
    if usual is None:
        usual = float(np.quantile(paid, TYPICAL_LARGE)) if len(paid) else np.inf
    largest = max(usual * float(weight.max()), float(total.max(initial=0.0)))
    tail = (1 - level) / 2
    low = _gamma(tail, mean, variance)
    high = _gamma(1 - tail, mean + largest, variance + largest**2)
    return Estimate(
        value=mean / total_weight + shift, low=low / total_weight + shift, high=high / total_weight + shift
    )


def _gamma(probability: float, mean: float, variance: float) -> float:
    """Quantile of the gamma distribution with this mean and variance."""
    if mean <= 0 or not np.isfinite(mean):
        return mean
    return float(gammaincinv(mean**2 / variance, probability)) * variance / mean


def _by_customer(customer: NDArray[Any], values: Floats) -> Floats:
    return np.asarray(np.bincount(np.unique(customer, return_inverse=True)[1], weights=values), np.float64)
