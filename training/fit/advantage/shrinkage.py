"""Hierarchical empirical Bayes.

Coefficients in groups, each group as wide as its own evidence says. A group whose coefficients cannot be told
from nil is shrunk to about nil; none is dropped by a threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Ints

NIL_COEFFICIENTS: Final = 2.0
"""Coefficients of exactly nil that every group is thought to have besides its own. Without them a group of
one coefficient is never shrunk."""
FLAT: Final = -1


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
    variance = _wide(gram, groups, len(count)) if variances is None else variances.copy()
    weak = 1e-9 * max(float(np.diag(gram).max()), 1e-12)
    coefficients, covariance = moment, gram
    for _ in range(rounds):
        precision = np.where(shrunk, 1.0 / np.maximum(variance[np.maximum(groups, 0)], 1e-14), weak)
        covariance = np.linalg.inv(gram + np.diag(precision))
        coefficients = covariance @ moment
        used = np.bincount(groups[shrunk], np.diag(covariance)[shrunk]) / variance
        squares = np.bincount(groups[shrunk], coefficients[shrunk] ** 2)
        wanted = squares / (np.maximum(count - used, 1e-6) + NIL_COEFFICIENTS)
        before, variance = variance, np.clip(wanted, variance / 30, variance * 10)
        if np.abs(np.log(variance / before)).max() < 0.02:
            break
    return Shrunk(coefficients, covariance, variance)


def _wide(gram: Floats, groups: Ints, count: int) -> Floats:
    """Four times the sampling variance of a typical coefficient of each group."""
    diagonal = np.diag(gram)
    typical = [diagonal[(groups == g) & (diagonal > 0)] for g in range(count)]
    return np.array([4.0 / max(float(np.median(d)), 1e-12) if len(d) else 4.0 for d in typical])
