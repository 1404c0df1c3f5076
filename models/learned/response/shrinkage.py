"""Shrinks the log-odds of small cells to their margins.

A cell's log-odds is a sum of effects, one for each level it belongs to (its phase, its action, ...), plus
a deviation of its own. Every effect has a Gaussian prior around zero whose width the data chooses
(empirical Bayes), so a cell with few rows answers as its margins do and a cell with many answers for
itself. Knows arrays; knows nothing of journeys.

Method: penalised Newton steps, the cells' own deviations eliminated exactly, widths by
MacKay's rule on the Laplace approximation. MacKay, "Comparison of approximate methods for handling
hyperparameters", 1999.

Terms: docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import AnyInts, Floats

Moments = Callable[[Floats], tuple[Floats, Floats]]
"""Log-odds of the cells → gradient and curvature of the log-likelihood in them."""

_ROUNDS = 40
_STEP_TOLERANCE = 1e-5
_WIDTH_TOLERANCE = 0.02
_LARGEST_STEP = 2.0
_PRIOR_EFFECTS = 3.0  # how many effects the prior guess of a width is worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One way to group the cells.

    ``width``: first guess of the effects' standard deviation.
    """

    group: AnyInts  # shape (cells,); -1: the cell has no effect on this level
    size: int
    width: float
    learn: bool = True  # False: the width is given, not a guess
    precision: Floats | None = None  # shape (size,): a stated precision of each effect, never learned


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEstimate:
    """What is known of each cell: shape (cells,) each.

    ``variance`` is that of the log-odds.
    """

    log_odds: Floats
    variance: Floats


def shrink(
    levels: Sequence[Level],
    *,
    own_width: float,
    moments: Moments,
    anchor: Floats,
    own_precision: Floats | None = None,
) -> CellEstimate:
    """Posterior mode of the cells' log-odds, and its variance.

    Args:
        levels: the groupings; each effect is shrunk to zero.
        own_width: first guess of the standard deviation of a cell's own deviation.
        moments: the likelihood, see ``Moments``.
        anchor: shape (cells,). Log-odds of a cell all of whose effects are zero.
        own_precision: shape (cells,). A stated precision of each cell's deviation, never learned.
    """
    cells = len(anchor)
    design = np.concatenate([_one_hot(level) for level in levels], axis=1) if levels else np.empty((cells, 0))
    owner = np.concatenate([np.full(level.size, k) for k, level in enumerate(levels)])
    precision = np.concatenate([_first_precision(level) for level in levels])
    own = np.full(cells, own_width**-2) if own_precision is None else own_precision
    offset = np.zeros(cells)  # log-odds minus anchor
    for _ in range(_ROUNDS):
        gradient, curvature = moments(anchor + offset)
        curvature = np.maximum(curvature, 0.0)
        covariance, effects, deviation = _step(design, precision, own, offset, gradient, curvature)
        step = design @ effects + deviation - offset
        offset = offset + step * min(1.0, _LARGEST_STEP / max(float(np.abs(step).max(initial=0.0)), 1e-12))
        spread = ((design @ covariance) * design).sum(axis=1)
        before = np.append(precision, own)
        precision = _widths(levels, owner, precision, effects, np.diag(covariance))
        if own_precision is None:
            own = _own_width(own, own_width, deviation, spread, curvature)
        widths = _change(before, np.append(precision, own))
        if np.abs(step).max(initial=0.0) < _STEP_TOLERANCE and widths < _WIDTH_TOLERANCE:
            break
    _, curvature = moments(anchor + offset)
    own_share = own / (np.maximum(curvature, 0.0) + own)
    return CellEstimate(log_odds=anchor + offset, variance=spread * own_share**2 + own_share / own)


def _one_hot(level: Level) -> Floats:
    matrix = np.zeros((len(level.group), level.size))
    member = level.group >= 0
    matrix[np.flatnonzero(member), level.group[member]] = 1.0
    return matrix


def _first_precision(level: Level) -> Floats:
    if level.precision is not None:
        return level.precision.astype(np.float64)
    return np.full(level.size, level.width**-2)


def _step(
    design: Floats, precision: Floats, own: Floats, offset: Floats, gradient: Floats, curvature: Floats
) -> tuple[Floats, Floats, Floats]:
    """One Newton step: covariance and mode of the effects, mode of the cells' deviations."""
    weight = curvature * own / (curvature + own)
    pull = weight * offset + own / (curvature + own) * gradient
    covariance: Floats = np.asarray(np.linalg.inv((design.T * weight) @ design + np.diag(precision)))
    effects = covariance @ (design.T @ pull)
    deviation = (curvature * (offset - design @ effects) + gradient) / (curvature + own)
    return covariance, effects, deviation


def _widths(
    levels: Sequence[Level], owner: AnyInts, precision: Floats, effects: Floats, variance: Floats
) -> Floats:
    """MacKay's rule: the mean square of a level's effects, counting those the data has determined."""
    learned = precision.copy()
    for k, level in enumerate(levels):
        if level.learn and level.precision is None:
            mine = owner == k
            learned[mine] = _precision(precision[mine], effects[mine], variance[mine], level.width)
    return learned


def _own_width(own: Floats, first: float, deviation: Floats, spread: Floats, curvature: Floats) -> Floats:
    """The same for the cells' deviations."""
    share = curvature / (curvature + own)
    variance = 1.0 / (curvature + own) + share**2 * spread
    return np.full(len(own), _precision(own, deviation, variance, first))


def _precision(precision: Floats, effects: Floats, variance: Floats, first: float) -> float:
    determined = np.clip(1.0 - precision * variance, 0.0, 1.0).sum()
    return float((determined + _PRIOR_EFFECTS) / ((effects**2).sum() + _PRIOR_EFFECTS * first**2))


def _change(before: Floats, after: Floats) -> float:
    return float(np.abs(np.log(after / before)).max(initial=0.0))
