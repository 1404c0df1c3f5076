"""Calibration of the phase model on later rows.

One scale for what the trees say, a shift per phase. Kept only if it lowers the log-loss of customers that it
was not fitted on. Knows log-odds and next phases; knows nothing of trees.

Terms: docs/glossary.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.arrays import AnyInts, Floats, Mask
from models.learned.transition.effects import softmax

_ROUNDS = 8
_SHIFT_WIDTH = 0.15  # standard deviation of a shift before the rows are seen, in log-odds
_SCALE_WIDTH = 0.25
_LEVEL_WIDTH = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhaseCalibration:
    """Scale and shift of what the trees say.

    ``scale`` multiplies their scores; ``shift``, shape (P, P), is added per phase and next phase.
    """

    scale: float
    shift: Floats


def fit_phase_calibration(
    *, fixed: Floats, learned: Floats, phase: AnyInts, next_phase: AnyInts, customer: AnyInts
) -> PhaseCalibration:
    """Fit on later rows, or return what changes nothing.

    Args:
        fixed: shape (n, P). Log-odds that stay as they are: chain and effects.
        learned: shape (n, P). The trees' part.
        phase: shape (n,).
        next_phase: shape (n,).
        customer: shape (n,). Customers are split into halves to see whether the fit helps.
    """
    rows = _Rows(fixed, learned, phase, next_phase)
    half = _half(customer)
    gain = _gain(rows, half) + _gain(rows, ~half)
    unchanged = PhaseCalibration(scale=1.0, shift=np.zeros((fixed.shape[1], fixed.shape[1])))
    return _fit(rows) if gain > 0 else unchanged


class _Rows(NamedTuple):
    fixed: Floats
    learned: Floats
    phase: AnyInts
    next_phase: AnyInts

    def take(self, rows: Mask) -> _Rows:
        return _Rows(self.fixed[rows], self.learned[rows], self.phase[rows], self.next_phase[rows])


def fit_level(*, logits: Floats, phase: AnyInts, next_phase: AnyInts) -> tuple[Floats, Floats]:
    """A shift per phase and next phase, (P, P), that sets a baseline right on do-nothing rows.

    The second array, (P, P), is the variance of what the baseline says on average, as the rows leave it.

    Args:
        logits: shape (n, P). The baseline of rows in which nothing was done.
        phase, next_phase: shape (n,).
    """
    phases = logits.shape[1]
    shift, variance = np.zeros((phases, phases)), np.full((phases, phases), _LEVEL_WIDTH**2)
    centring = np.eye(phases) - 1.0 / phases
    for code in np.unique(phase):
        mine, own = phase == code, shift[code]
        before = logits[mine]
        seen = np.eye(phases)[next_phase[mine]]
        for _ in range(_ROUNDS):
            own += _shift_step(own, seen, softmax(before + own), _LEVEL_WIDTH)
        covariance = np.linalg.inv(_shift_curvature(softmax(before + own), _LEVEL_WIDTH))
        variance[code] = np.diag(centring @ covariance @ centring)
    return shift, variance


def _half(customer: AnyInts) -> Mask:
    """Every second customer."""
    return np.asarray(np.unique(customer, return_inverse=True)[1] % 2 == 0)


def _gain(rows: _Rows, fitted: Mask) -> float:
    """Log-likelihood that a fit on some rows adds on the others."""
    fit, rest = _fit(rows.take(fitted)), rows.take(~fitted)
    after = rest.fixed + fit.scale * rest.learned + fit.shift[rest.phase]
    before = rest.fixed + rest.learned
    return _log_likelihood(after, rest.next_phase) - _log_likelihood(before, rest.next_phase)


def _log_likelihood(logits: Floats, next_phase: AnyInts) -> float:
    chance = softmax(logits)[np.arange(len(logits)), next_phase]
    return float(np.log(np.maximum(chance, 1e-300)).sum())


def _fit(rows: _Rows) -> PhaseCalibration:
    """Penalised Newton steps, the scale and the shifts in turns."""
    fixed, learned, phase, next_phase = rows
    phases = fixed.shape[1]
    scale, shift = 1.0, np.zeros((phases, phases))
    seen = np.eye(phases)[next_phase]
    for _ in range(_ROUNDS):
        chance = softmax(fixed + scale * learned + shift[phase])
        scale += _scale_step(scale, learned, seen, chance)
        chance = softmax(fixed + scale * learned + shift[phase])
        for code in np.unique(phase):
            mine = phase == code
            shift[code] += _shift_step(shift[code], seen[mine], chance[mine], _SHIFT_WIDTH)
    return PhaseCalibration(scale=float(scale), shift=shift)


def _scale_step(scale: float, learned: Floats, seen: Floats, chance: Floats) -> float:
    mean = (chance * learned).sum(axis=1)
    gradient = ((seen - chance) * learned).sum() - (scale - 1.0) / _SCALE_WIDTH**2
    curvature = ((chance * learned**2).sum(axis=1) - mean**2).sum() + _SCALE_WIDTH**-2
    return float(np.clip(gradient / curvature, -0.5, 0.5))


def _shift_step(shift: Floats, seen: Floats, chance: Floats, width: float) -> Floats:
    gradient = (seen - chance).sum(axis=0) - shift / width**2
    return np.asarray(np.clip(np.linalg.solve(_shift_curvature(chance, width), gradient), -0.5, 0.5))


def _shift_curvature(chance: Floats, width: float) -> Floats:
    return np.asarray(np.diag(chance.sum(axis=0) + width**-2) - chance.T @ chance)
