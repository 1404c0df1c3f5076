"""The phase chain.

P(next phase | phase) when nothing is done, smoothed so that nothing is impossible. What the trees of the
phase model start from, and what is left when there are too few rows for trees. Knows counts of moves; knows
nothing of features or treatments but whether there was one.

Terms: docs/glossary.md.
"""

from __future__ import annotations

import numpy as np

from models.arrays import AnyInts, Floats
from models.domain.journey import Journey

_NOTHING_ROWS = 30.0  # rows by which do-nothing rows are held to the rows of all treatments
_FIRST_ROWS = 3.0  # rows by which those are held to the first guess
_STAYING_ROWS = 10.0
_FIRST_STAY = 0.9


def fit_chain(journey: Journey, phase: AnyInts, treatment: AnyInts, next_phase: AnyInts) -> Floats:
    """Shape (P, P); rows sum to one and have no zero.

    Do-nothing rows are shrunk to the rows of every treatment in the phase, and those to a first guess:
    customers stay as often as they do on the whole, and else go where movers go.
    """
    phases = len(journey.phases)
    everything = _counts(phase, next_phase, phases)
    nothing = _counts(phase[treatment == 0], next_phase[treatment == 0], phases)
    guess = _first_guess(everything, stays=journey.objective.horizon_days is not None)
    return _shrunk(nothing, _shrunk(everything, guess, _FIRST_ROWS), _NOTHING_ROWS)


def _counts(phase: AnyInts, next_phase: AnyInts, phases: int) -> Floats:
    cell = phase.astype(np.int64) * phases + next_phase
    return np.bincount(cell, minlength=phases * phases).reshape(phases, phases).astype(np.float64)


def _first_guess(counts: Floats, *, stays: bool) -> Floats:
    """With the horizon ``next`` staying put is no guess: it is the next phase entered."""
    first = _FIRST_STAY if stays else 0.0
    share = (np.trace(counts) + _STAYING_ROWS * first) / (counts.sum() + _STAYING_ROWS)
    moved = counts - np.diag(np.diag(counts))
    to = (moved.sum(axis=0) + 1.0) / (moved.sum() + len(counts))
    guess = (1.0 - share) * np.tile(to, (len(counts), 1)) + share * np.eye(len(counts))
    return np.asarray(guess / guess.sum(axis=1, keepdims=True))


def _shrunk(counts: Floats, towards: Floats, rows: float) -> Floats:
    return np.asarray((counts + rows * towards) / (counts.sum(axis=1, keepdims=True) + rows))
