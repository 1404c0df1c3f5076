"""Hierarchical empirical Bayes.

Coefficients in groups, each group as wide as its own evidence says. A group whose coefficients cannot be told
from nil is shrunk to about nil; none is dropped by a threshold. Within a group a few may be large and most
about nil: then each coefficient is shrunk by what it says itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.linalg import lapack

from models.arrays import Floats, Ints

NIL_COEFFICIENTS: Final = 2.0
"""Coefficients of exactly nil that every group is thought to have besides its own. Without them a group of
one coefficient is never shrunk."""
FLAT: Final = -1
FASTEST: Final = 4.0
"""Where a variance goes the same way round after round, its steps get longer by this much at most."""
STEPS: Final = (-np.log(30.0), np.log(10.0))
CONVERGED: Final = 0.02
GONE: Final = 1e-4
"""A group whose prior variance is so small a share of its sampling variance says nothing and is left out."""

WIDTHS: Final = np.array([0.0, 0.375, 1.5, 6.0])
"""Variances that coefficients of one group may have, as multiples of the group's."""
SPARSE_ROUNDS: Final = 8
LEAST_VARIANCE: Final = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Shrunk:
    """Coefficients after shrinkage.

    ``coefficients`` (k,), their posterior ``covariance`` (k, k), and the prior ``variances`` by group.
    """

    coefficients: Floats
    covariance: Floats
    variances: Floats


def shrink(
    gram: Floats, moment: Floats, groups: Ints, *, rounds: int = 25, variances: Floats | None = None
) -> Shrunk:
    """The posterior of a linear model with one prior variance per group.

    Args:
        gram, moment: Z'WZ and Z'Wy, W one over the noise variance.
        groups: of each column; ``FLAT`` is not shrunk.
        variances: where to start; by default wide.

    Note:
        MacKay, "Bayesian Interpolation", Neural Computation 1992.
    """
    shrunk = groups >= 0
    count = np.bincount(groups[shrunk])
    typical = _typical(gram, groups, len(count))
    variance = 4.0 / typical if variances is None else variances.copy()
    told = np.ones(len(count), dtype=bool)
    step, pace = np.zeros(len(count)), np.ones(len(count))
    kept, coefficients, covariance = np.flatnonzero(shrunk), moment, gram
    for _ in range(rounds):
        told &= variance * typical > GONE
        variance = np.where(told, variance, 0.0)
        kept = np.flatnonzero(~shrunk | told[groups])
        coefficients, covariance = posterior(gram, moment, variance, groups, kept)
        own = shrunk[kept]
        group = groups[kept][own]
        used = np.bincount(group, np.diag(covariance)[own], len(count)) / np.where(told, variance, 1.0)
        squares = np.bincount(group, coefficients[kept][own] ** 2, len(count))
        wanted = squares / (np.maximum(count - used, 1e-6) + NIL_COEFFICIENTS)
        further = np.log(np.maximum(wanted, 1e-300) / np.where(told, variance, 1.0))
        if np.abs(further[told]).max(initial=0.0) < CONVERGED:
            break
        pace = np.where(further * step > 0, np.minimum(pace * 1.5, FASTEST), 1.0)
        step = np.clip(pace * further, *STEPS)
        variance = variance * np.exp(step)
    whole = np.zeros_like(gram)
    whole[np.ix_(kept, kept)] = covariance
    return Shrunk(coefficients, whole, variance)


def few_large(gram: Floats, moment: Floats, groups: Ints, variances: Floats, among: Sequence[int]) -> Shrunk:
    """The posterior where coefficients of some groups have one of several variances, nobody knows which.

    What the others say of a coefficient, its own column left out, tells how likely each variance is; shrunk
    is by the mean of them. How many have which is learned by group.

    Args:
        gram, moment, groups: as ``shrink``. variances: (G,) that it found.
        among: groups whose coefficients differ so; the others are shrunk as before.

    Note:
        Minka, "Expectation propagation for approximate Bayesian inference", 2001; sites without a mean.
    """
    kept = np.flatnonzero((groups < 0) | (variances[groups] > 0))
    own = groups[kept]
    variance = np.where(own >= 0, variances[own], np.inf)
    shares = {g: np.full(len(WIDTHS), 1.0 / len(WIDTHS)) for g in among if variances[g] > 0}
    coefficients, covariance = _given(gram, moment, variance, kept)
    for _ in range(SPARSE_ROUNDS if shares else 0):
        diagonal = np.diag(covariance)
        precision = np.maximum(1.0 / diagonal - 1.0 / variance, 1e-6 / diagonal)
        mean = coefficients[kept] / diagonal / precision
        for g, share in shares.items():
            at = own == g
            kept_part, shares[g] = _mixed(mean[at], 1.0 / precision[at], variances[g], share)
            wanted = kept_part / (1.0 - kept_part) / precision[at]
            variance[at] = np.maximum(np.sqrt(variance[at] * wanted), LEAST_VARIANCE * variances[g])
        coefficients, covariance = _given(gram, moment, variance, kept)
    whole = np.zeros_like(gram)
    whole[np.ix_(kept, kept)] = covariance
    return Shrunk(coefficients, whole, variances)


def _mixed(mean: Floats, noise: Floats, variance: float, share: Floats) -> tuple[Floats, Floats]:
    """What is kept of each of n coefficients, (n,) between 0 and 1, and how many have which width.

    Args:
        mean, noise: (n,) what is seen of each, and its variance. share: of the widths.
    """
    widths = np.maximum(WIDTHS * variance, LEAST_VARIANCE * variance)
    total = widths + noise[:, None]
    likely = np.log(share) - 0.5 * np.log(total) - 0.5 * mean[:, None] ** 2 / total
    chance = np.exp(likely - likely.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    kept = np.clip((chance * widths / total).sum(axis=1), 1e-5, 1.0 - 1e-5)
    return kept, (chance.sum(axis=0) + 1.0) / (len(mean) + len(share))


def posterior(
    gram: Floats, moment: Floats, variances: Floats, groups: Ints, kept: Ints
) -> tuple[Floats, Floats]:
    """Coefficients (k,), nil where not kept, and the covariance of those that are.

    Args:
        variances: by group, above nil for those kept.
        kept: positions of columns.
    """
    own = groups[kept]
    variance = np.where(own >= 0, np.maximum(variances[np.maximum(own, 0)], 1e-14), np.inf)
    return _given(gram, moment, variance, kept)


def _given(gram: Floats, moment: Floats, variance: Floats, kept: Ints) -> tuple[Floats, Floats]:
    """As ``posterior``, by the prior variance of each that is kept; infinite: it is not shrunk."""
    flat = 1e-9 * float(np.diag(gram).max(initial=1e-12))
    precision = gram[np.ix_(kept, kept)]
    precision[np.diag_indices_from(precision)] += np.where(np.isinf(variance), flat, 1.0 / variance)
    covariance = _inverse(precision)
    coefficients = np.zeros(len(moment))
    coefficients[kept] = covariance @ moment[kept]
    return coefficients, covariance


def _inverse(symmetric: Floats) -> Floats:
    """By its triangular factor, at half the cost; as any matrix where rounding leaves it none."""
    factor, failed = lapack.dpotrf(symmetric, lower=1) if len(symmetric) else (symmetric, True)
    if failed:
        return np.asarray(np.linalg.inv(symmetric), dtype=np.float64)
    lower, _ = lapack.dpotri(factor, lower=1)
    result: Floats = np.tril(lower) + np.tril(lower, -1).T
    return result


def _typical(gram: Floats, groups: Ints, count: int) -> Floats:
    """(G,) one over the sampling variance of a typical coefficient of each group."""
    diagonal = np.diag(gram)
    own = [diagonal[(groups == g) & (diagonal > 0)] for g in range(count)]
    return np.array([max(float(np.median(d)), 1e-12) if len(d) else 1e-12 for d in own])
