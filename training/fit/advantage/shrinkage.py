"""Hierarchical empirical Bayes.

Coefficients in groups, each group as wide as its own evidence says. A group whose coefficients cannot be told
from nil is shrunk to about nil; none is dropped by a threshold.
"""

from __future__ import annotations

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


def posterior(
    gram: Floats, moment: Floats, variances: Floats, groups: Ints, kept: Ints
) -> tuple[Floats, Floats]:
    """Coefficients (k,), nil where not kept, and the covariance of those that are.

    Args:
        variances: by group, above nil for those kept.
        kept: positions of columns.
    """
    prior = np.where(groups >= 0, 1.0 / np.maximum(variances[np.maximum(groups, 0)], 1e-14), 0.0)
    prior[groups < 0] = 1e-9 * float(np.diag(gram).max(initial=1e-12))
    precision = gram[np.ix_(kept, kept)]
    precision[np.diag_indices_from(precision)] += prior[kept]
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
