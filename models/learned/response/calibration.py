"""Calibration makes a score mean what it says.

On rows of a later time than training. Two steps on the log-odds: one monotone curve for all (isotonic
regression, kept as knots), then a small shift per phase and treatment where later rows show one, shrunk to
zero where they do not. Plain NumPy, so that what was fitted is what is served.

Knows scores and 0/1 labels; knows nothing of features.

Isotonic regression by pooling adjacent violators: Ayer et al., "An empirical distribution function for
sampling with incomplete information", 1955.

Terms: docs/glossary.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import AnyInts, Floats
from models.learned.response.shrinkage import CellEstimate, Level, shrink
from models.learned.response.tables import CellGrid, sums

_BINS = 200
_BIN_ROWS = 25  # fewest rows behind a knot
_PSEUDO_ROWS = 10.0  # rows by which each bin is held to the uncalibrated score
_SHIFT, _OWN_SHIFT = 0.1, 0.1  # first guesses of how far treatments and phases are off, in log-odds


@dataclass(frozen=True, eq=False)
class Knots:
    """A rising curve from log-odds to log-odds.

    Straight between knots, and beyond them no steeper than 1.

    Attributes:
        score: shape (k,), strictly rising. Uncalibrated log-odds; empty: the curve changes nothing.
        log_odds: shape (k,), rising. Calibrated log-odds.
    """

    score: Floats
    log_odds: Floats

    def apply(self, score: Floats) -> Floats:
        """Calibrated log-odds of ``score``, any shape."""
        if len(self.score) == 0:
            return score
        first, last = self.score[0], self.score[-1]
        beyond = score - np.minimum(np.maximum(score, first), last)
        return np.asarray(np.interp(score, self.score, self.log_odds) + self.slope * beyond)

    @cached_property
    def slope(self) -> float:
        """Steepness beyond the knots: that of the whole curve, at most 1."""
        if len(self.score) < 2:
            return 1.0
        return float(min(1.0, (self.log_odds[-1] - self.log_odds[0]) / (self.score[-1] - self.score[0])))


IDENTITY = Knots(np.empty(0), np.empty(0))


def pool_adjacent_violators(value: Floats, weight: Floats) -> tuple[Floats, AnyInts]:
    """The closest rising sequence in weighted least squares: level per block, and block per element.

    Example:
        >>> level, block = pool_adjacent_violators(np.array([1.0, 3.0, 2.0]), np.ones(3))
        >>> level[block].tolist()
        [1.0, 2.5, 2.5]
    """
    levels: list[float] = []
    weights: list[float] = []
    sizes: list[int] = []
    for v, w in zip(value.tolist(), weight.tolist(), strict=True):
        level, mass, size = v, w, 1
        while levels and levels[-1] >= level:
            above = weights.pop()
            level = (level * mass + levels.pop() * above) / (mass + above)
            mass, size = mass + above, size + sizes.pop()
        levels.append(level)
        weights.append(mass)
        sizes.append(size)
    return np.array(levels), np.repeat(np.arange(len(levels)), sizes)


def fit_knots(score: Floats, label: AnyInts) -> Knots:
    """Fit the curve on log-odds ``score`` and 0/1 ``label``, both of shape (n,)."""
    if len(score) == 0:
        return IDENTITY
    bins = _bins(score)
    rows = np.bincount(bins).astype(np.float64)
    mean = sums(bins, score, len(rows)) / rows
    expected = sums(bins, _chance(score), len(rows)) / rows
    seen = sums(bins, label, len(rows))
    level, block = pool_adjacent_violators(
        (seen + _PSEUDO_ROWS * expected) / (rows + _PSEUDO_ROWS), rows + _PSEUDO_ROWS
    )
    centre = sums(block, mean * rows, len(level)) / sums(block, rows, len(level))
    level = np.clip(level, 1e-9, 1.0 - 1e-9)
    return Knots(centre, np.log(level / (1.0 - level)))


def fit_shifts(
    grid: CellGrid, *, score: Floats, phase: AnyInts, treatment: AnyInts, label: AnyInts
) -> CellEstimate:
    """How far the log-odds of each cell are off, shape (P · T,): by phase, by action, by treatment."""
    treatments = int(grid.treatment.max()) + 1
    cell = phase.astype(np.int64) * treatments + treatment
    levels = [
        Level(group=grid.phase, size=int(grid.phase.max()) + 1, width=_SHIFT),
        Level(group=grid.per_cell(grid.action), size=grid.actions, width=_SHIFT),
        Level(group=grid.treatment, size=treatments, width=_SHIFT),
    ]

    def moments(shift: Floats) -> tuple[Floats, Floats]:
        chance = _chance(score + shift[cell])
        return (
            sums(cell, label - chance, len(shift)),
            sums(cell, chance * (1.0 - chance), len(shift)),
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
