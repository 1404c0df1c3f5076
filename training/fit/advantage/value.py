"""The value of what a decision leaves behind; it serves to learn effects and is never served itself.

Two rules keep it honest. What a contact leaves in the history does not count as value: in the next state
only the phase, the time that is left and innovations move. And what was done before counts as innovation
(done minus its probability), which carries none of the logging policy's reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Floats32, Ints, Mask
from training.fit.advantage.rows import Problem, Rows, by_step
from training.fit.advantage.scale import phase_means
from training.fit.advantage.shrinkage import FLAT, shrink

FADING: Final = 0.65
LASTING: Final = 0.9
SWEEPS: Final = 12
LIMIT: Final = 5.0
"""Values are kept within this many times the largest that the phase chain knows."""


def decayed_innovations(rows: Rows, decay: float) -> tuple[Floats32, Floats32]:
    """(k, A) sums of earlier innovations before and after each decision."""
    now = np.zeros((rows.n, rows.probabilities.shape[1]), dtype=np.float32)
    after = np.zeros_like(now)
    state = np.zeros((int(rows.customer.max()) + 1, now.shape[1]), dtype=np.float32)
    innovation = rows.innovation()
    for at in by_step(rows):
        now[at] = state[rows.customer[at]]
        after[at] = decay * now[at] + innovation[at]
        state[rows.customer[at]] = after[at]
    return now, after


@dataclass(frozen=True, slots=True, eq=False)
class ValueColumns:
    """(k, F) at each decision and after it, and the group of each column."""

    now: Floats32
    after: Floats32
    groups: Ints


def value_columns(problem: Problem, rows: Rows, x: Floats, beliefs: tuple[Floats, Floats]) -> ValueColumns:
    """Phase and time left; attributes and history, overall and by phase; innovations."""
    still = np.column_stack([x, rows.contact, rows.other])
    fading, lasting = decayed_innovations(rows, FADING), decayed_innovations(rows, LASTING)
    made = [
        _blocks(problem, beliefs[k], problem.horizon - rows.step - k, still, fading[k], lasting[k])
        for k in (0, 1)
    ]
    sizes = [block.shape[1] for block in made[0]]
    groups = np.repeat([FLAT, FLAT, 0, 1, 2, 3, 4, 5, 6], sizes)
    now, after = (np.column_stack(blocks).astype(np.float32) for blocks in made)
    return ValueColumns(now, after, groups)


def _blocks(
    problem: Problem,
    belief: Floats,
    left: Ints,
    still: Floats,
    fading: Floats32,
    lasting: Floats32,
) -> list[Floats]:
    """Nine blocks of columns."""
    n, phases = len(belief), problem.phases
    b = belief[:, :phases]
    longest = 1.0 - problem.discount**problem.horizon
    time = (1.0 - problem.discount ** left[:, None]) / longest
    contacts, tiring = fading[:, 1:], problem.tires[1:].astype(np.float64)
    channels = np.eye(problem.channels)[problem.channel[1:]]
    tired = np.column_stack([contacts @ tiring, lasting[:, 1:] @ tiring])
    return [
        b,
        b * time if problem.horizon > 1 else b[:, :0],
        still * 0.3,
        (b[:, :, None] * still[:, None, :]).reshape(n, -1),
        tired,
        contacts @ channels,
        contacts,
        (b[:, :, None] * tired[:, None, :]).reshape(n, -1),
        b * contacts.sum(axis=1, keepdims=True),
    ]


class ValueFit:
    """Regressions on the value's columns; their Gram matrices are made once.

    Rows are weighted by one over the variance of the target in their phase.
    """

    def __init__(self, problem: Problem, rows: Rows, columns: ValueColumns, target: Floats, fold: Ints):
        self._columns, self._fold = columns, fold
        centred = (target - _by_phase(target, rows.phase, problem.phases)) ** 2
        self._weight = 1.0 / np.sqrt(phase_means(centred, rows.phase, problem.phases)[rows.phase])
        self._z = columns.now * self._weight[:, None].astype(np.float32)
        parts = [self._z[fold == f] for f in (0, 1)]
        self._grams = [(z.T @ z).astype(np.float64) for z in parts]
        self._variances: Floats | None = None

    def cross_fitted(self, target: Floats) -> Floats:
        """(k,) prediction of the target by the other half's regression."""
        result = np.zeros(len(target))
        for f in (0, 1):
            own = self._fold == f
            moment = self._moment(target, own)
            coefficients = shrink(self._grams[f], moment, self._columns.groups, rounds=8).coefficients
            result[~own] = self._columns.now[~own] @ coefficients.astype(np.float32)
        return result

    def _moment(self, target: Floats, rows: Mask | slice) -> Floats:
        weighted = (target[rows] * self._weight[rows]).astype(np.float32)
        return (self._z[rows].T @ weighted).astype(np.float64)

    def iterate(self, immediate: Floats, discount: Floats, after: Floats, limit: float) -> Floats:
        """(k,) value after each decision: sweeps of regression on ``immediate + discount × after``."""
        inverse: Floats | None = None
        for _ in range(SWEEPS):
            moment = self._moment(immediate + discount * after, slice(None))
            if inverse is None:
                gram = self._grams[0] + self._grams[1]
                found = shrink(gram, moment, self._columns.groups, rounds=8, variances=self._variances)
                inverse, self._variances = found.covariance, found.variances
            coefficients = (inverse @ moment).astype(np.float32)
            after = np.clip(self._columns.after @ coefficients, -limit, limit).astype(np.float64)
        return after


def _by_phase(values: Floats, phase: Ints, phases: int) -> Floats:
    count = np.maximum(np.bincount(phase, minlength=phases), 1)
    result: Floats = (np.bincount(phase, values, minlength=phases) / count)[phase]
    return result
