"""How well a score knows whom to act on.

Uplift curve, Qini curve, and the areas under them.

Curves of an experiment with two arms, as they are published; and the same areas from estimates of each
customer's gain, which hold for logs with unequal probabilities and come with intervals. Knows scores and
outcomes; knows nothing of where they come from.

Sources: Radcliffe, "Using control groups to target on predicted lift", 2007; Devriendt, Guns, Verbeke,
"Learning to rank for uplift modeling", 2020.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from models.arrays import AnyInts, Floats, Ints
from training.evaluation.off_policy.bootstrap import Estimate, mean_intervals


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """Customers acted on, the best score first, and what that gains.

    ``customers``: shape (k,), from 0 to all; ``gain``: shape (k,), in the outcome's unit.
    """

    customers: Ints
    gain: Floats

    @property
    def area(self) -> float:
        """Under the curve, per customer: the mean gain over all shares acted on."""
        n = float(self.customers[-1])
        return float(np.trapezoid(self.gain, self.customers)) / n**2

    @property
    def above_random(self) -> float:
        """What of the area lies above the straight line of acting in any order."""
        return self.area - float(self.gain[-1]) / float(self.customers[-1]) / 2


def uplift_curve(outcome: Floats, treated: AnyInts, score: Floats) -> Curve:
    """Difference of the arms' means among the best, times their number.

    Args:
        outcome: shape (n,). Any number.
        treated: shape (n,). 1 or 0.
        score: shape (n,). Equal ones are acted on together.
    """
    at, sums = _prefixes(outcome, treated, score)
    mean = sums.treated / np.maximum(sums.n_treated, 1) - sums.alone / np.maximum(sums.n_alone, 1)
    return Curve(customers=at, gain=mean * at)


def qini_curve(outcome: Floats, treated: AnyInts, score: Floats) -> Curve:
    """What the treated among the best brought, less what as many untreated of them would have.

    Args:
        outcome, treated, score: as ``uplift_curve``.
    """
    at, sums = _prefixes(outcome, treated, score)
    ratio = np.where(sums.n_alone > 0, sums.n_treated / np.maximum(sums.n_alone, 1), 0.0)
    return Curve(customers=at, gain=sums.treated - sums.alone * ratio)


def qini_coefficient(outcome: Floats, treated: AnyInts, score: Floats) -> float:
    """Area above random of the Qini curve, as a share of that of the best possible order.

    Args:
        outcome: shape (n,). 0 or 1; the best order is defined for those alone.

    Raises:
        ValueError: another outcome.
    """
    if not np.isin(outcome, (0, 1)).all():
        raise ValueError("the share of the best possible order needs outcomes of 0 or 1; use qini_curve")
    best = qini_curve(outcome, treated, outcome * treated - outcome * (1 - treated))
    return qini_curve(outcome, treated, score).above_random / best.above_random


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums of outcomes and customers up to each distinct score."""

    treated: Floats
    alone: Floats
    n_treated: Floats
    n_alone: Floats


def _prefixes(outcome: Floats, treated: AnyInts, score: Floats) -> tuple[Ints, _Sums]:
    order = np.argsort(-score, kind="stable")
    y, t = np.asarray(outcome, np.float64)[order], np.asarray(treated, np.float64)[order]
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)

    def up_to(each: Floats) -> Floats:
        return np.concatenate([[0.0], np.cumsum(each)[ends]])

    at = np.concatenate([[0], ends + 1]).astype(np.int64)
    return at, _Sums(up_to(y * t), up_to(y * (1 - t)), up_to(t), up_to(1 - t))


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Areas of the uplift curve, per decision.

    ``auuc``: the mean gain over all shares acted on, the best first; ``qini``: what of it lies above the
    straight line of acting in any order; ``ends``: acting on all.
    """

    auuc: Estimate
    qini: Estimate
    ends: Estimate


def areas(
    customer: NDArray[Any], gain: Floats, score: Floats, rng: np.random.Generator, resamples: int
) -> Areas:
    """Both areas, with intervals by customers.

    Args:
        customer: shape (n,).
        gain: shape (n,). Unbiased estimates of what acting adds, very noisy each.
        score: shape (n,). Equal ones share their places.
    """
    place = (rankdata(-score) - 0.5) / len(score)  # share acted on before it, half of itself included
    columns = {"auuc": gain * (1 - place), "qini": gain * (0.5 - place), "ends": gain}
    return Areas(**mean_intervals(customer, columns, rng, resamples))
