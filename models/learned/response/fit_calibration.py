"""Fits the calibration, so that a score means what it says.

On rows of a later time than training. Two steps on the log-odds: one monotone curve for all (isotonic
regression, kept as knots), then a small shift per phase and treatment where later rows show one, shrunk to
zero where they do not.

Knows scores and 0/1 labels; knows nothing of features. Needs scikit-learn: it is imported to train only.

Terms: docs/glossary.md.
"""

from __future__ import annotations

import numpy as np
from sklearn.isotonic import isotonic_regression

from models.arrays import AnyInts, Floats
from models.learned.response.calibration import IDENTITY, Knots
from models.learned.response.shrinkage import CellEstimate, Level, shrink
from models.learned.response.tables import CellGrid, sums

_BINS = 200
_BIN_ROWS = 25  # fewest rows behind a knot
_PSEUDO_ROWS = 10.0  # rows by which each bin is held to the uncalibrated score
_SHIFT, _OWN_SHIFT = 0.1, 0.1  # first guesses of how far treatments and phases are off, in log-odds


def fit_knots(score: Floats, label: AnyInts, weight: Floats | None = None) -> Knots:
    """Fit the curve on log-odds ``score`` and 0/1 ``label``, both of shape (n,), and ``weight`` if any."""
    if len(score) == 0:
        return IDENTITY
    bins = _bins(score)
    each = np.ones(len(score)) if weight is None else weight
    rows = np.bincount(bins, weights=each).astype(np.float64)
    mean = sums(bins, each * score, len(rows)) / rows
    expected = sums(bins, each * _chance(score), len(rows)) / rows
    seen = sums(bins, each * label, len(rows))
    rising = isotonic_regression(
        (seen + _PSEUDO_ROWS * expected) / (rows + _PSEUDO_ROWS), sample_weight=rows + _PSEUDO_ROWS
    )
    level, block = np.unique(rising, return_inverse=True)
    centre = sums(block, mean * rows, len(level)) / sums(block, rows, len(level))
    level = np.clip(level, 1e-9, 1.0 - 1e-9)
    return Knots(centre, np.log(level / (1.0 - level)))


def fit_shifts(
    grid: CellGrid,
    *,
    score: Floats,
    phase: AnyInts,
    treatment: AnyInts,
    label: AnyInts,
    weight: Floats | None = None,
) -> CellEstimate:
    """How far the log-odds of each cell are off, shape (P · T,): by phase, by action, by treatment."""
    treatments = int(grid.treatment.max()) + 1
    cell = phase.astype(np.int64) * treatments + treatment
    each = np.ones(len(score)) if weight is None else weight
    levels = [
        Level(group=grid.phase, size=int(grid.phase.max()) + 1, width=_SHIFT),
        Level(group=grid.per_cell(grid.action), size=grid.actions, width=_SHIFT),
        Level(group=grid.treatment, size=treatments, width=_SHIFT),
    ]

    def moments(shift: Floats) -> tuple[Floats, Floats]:
        chance = _chance(score + shift[cell])
        return (
            sums(cell, each * (label - chance), len(shift)),
            sums(cell, each * chance * (1.0 - chance), len(shift)),
        )

    return shrink(levels, own_width=_OWN_SHIFT, moments=moments, anchor=np.zeros(len(grid.phase)))


def _bins(score: Floats) -> AnyInts:
    """Bins of equal size by rank; equal scores share a bin."""
    count = int(np.clip(len(score) // _BIN_ROWS, 1, _BINS))
    edges = np.unique(np.quantile(score, np.linspace(0.0, 1.0, count + 1)[1:-1], method="inverted_cdf"))
    bins = np.searchsorted(edges, score, side="left")
    return np.asarray(np.unique(bins, return_inverse=True)[1])


def _chance(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
