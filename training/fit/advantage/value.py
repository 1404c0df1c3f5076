"""The value of what a decision leaves behind.

It serves to learn effects and is never served itself. Two rules keep it honest. What a contact leaves in the
history does not count as value: in the next state only the phase, the time that is left and innovations move.
And what was done before counts as innovation (done minus its probability), which carries none of the logging
policy's reasons: counts of contacts are no columns at all, or innovations would only correct what was paid
for these. What earlier innovations are worth is what a treatment still does after its step; it is added to
its effect as it stands.
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
    innovation = rows.shock()
    waited = (decay ** np.maximum(rows.elapsed - 1.0, 0.0)).astype(np.float32)
    for at in by_step(rows.step):
        now[at] = state[rows.customer[at]] * waited[at, None]
        after[at] = decay * now[at] + innovation[at]
        state[rows.customer[at]] = after[at]
    return now, after


@dataclass(frozen=True, slots=True, eq=False)
class ValueColumns:
    """Columns at each decision, and after it.

    After it: without what was done at it. ``still``: (k, F) phase, time left, attributes and history.
    ``delayed``: (k, D) earlier innovations, in units of the phase. ``groups``: of all F + D columns.
    """

    still: Floats32
    still_after: Floats32
    delayed: Floats32
    delayed_after: Floats32
    groups: Ints


def value_columns(
    problem: Problem, rows: Rows, x: Floats, beliefs: tuple[Floats, Floats], unit: Floats
) -> ValueColumns:
    """The columns of some rows; ``unit``: (P,) EUR that a phase can move."""
    history = np.column_stack([x, rows.contact[:, 2:], rows.other[:, 1:]])
    fading, lasting = decayed_innovations(rows, FADING)[0], decayed_innovations(rows, LASTING)[0]
    still = [_still(problem, b, problem.horizon - rows.step - k, history) for k, b in enumerate(beliefs)]
    delayed = [
        _delayed(problem, b, unit, fading * FADING**k, lasting * LASTING**k) for k, b in enumerate(beliefs)
    ]
    groups = np.repeat([FLAT, FLAT, 0, 1], [block.shape[1] for block in still[0]])
    later = np.repeat([FLAT, 2, 3, 4, 5, 6], [block.shape[1] for block in delayed[0]])
    now, after = (np.column_stack(blocks).astype(np.float32) for blocks in still)
    waiting, kept = (np.column_stack(blocks).astype(np.float32) for blocks in delayed)
    return ValueColumns(now, after, waiting, kept, np.concatenate([groups, later]))


def _still(problem: Problem, belief: Floats, left: Ints, history: Floats) -> list[Floats]:
    """Phase, phase × time left, history overall, history by phase."""
    b = belief[:, : problem.phases]
    by_phase = (b[:, :, None] * history[:, None, :]).reshape(len(b), -1)
    timed = b[:, :0]
    if problem.horizon > 1 and not problem.endless:
        longest = 1.0 - problem.discount**problem.horizon
        timed = b * (1.0 - problem.discount ** left[:, None]) / longest
    return [b, timed, history * 0.3, by_phase]


def delayed_columns(
    problem: Problem, rows: Rows, belief: Floats, unit: Floats
) -> tuple[Floats32, Ints, Mask]:
    """(k, D) earlier innovations in units of the phase, each column's group, and which are of pressure."""
    fading, lasting = decayed_innovations(rows, FADING)[0], decayed_innovations(rows, LASTING)[0]
    blocks = _delayed(problem, belief, unit, fading, lasting)
    of = np.repeat(np.arange(6), [block.shape[1] for block in blocks])
    groups = np.array([FLAT, 0, 1, 2, 3, 4])[of]
    return np.column_stack(blocks).astype(np.float32), groups, np.isin(of, (0, 1, 4))


def _delayed(
    problem: Problem, belief: Floats, unit: Floats, fading: Floats32, lasting: Floats32
) -> list[Floats]:
    """Tiring contacts, the same for longer, contacts by channel, by treatment, and both by phase."""
    b = belief[:, : problem.phases] * unit
    stake = b.sum(axis=1, keepdims=True)
    contacts, tiring = fading[:, 1:], problem.tires[1:].astype(np.float64)
    channels = np.eye(problem.channels)[problem.channel[1:]]
    tired = (contacts @ tiring)[:, None]
    return [
        stake * tired,
        stake * (lasting[:, 1:] @ tiring)[:, None],
        stake * (contacts @ channels),
        stake * contacts,
        b * tired,
        b * contacts.sum(axis=1, keepdims=True),
    ]


def delayed_table(problem: Problem, coefficients: Floats) -> Floats:
    """(P, A) what a treatment still does after its step, in units of the phase."""
    fading = fading_of(problem, coefficients)
    return np.column_stack([np.zeros(problem.phases), problem.discount * (fading.soon + fading.slowly)])


@dataclass(frozen=True, slots=True, eq=False)
class Fading:
    """What an earlier contact adds at the next decision.

    ``soon``, ``slowly``: (P, A - 1), as it wears off.
    """

    soon: Floats
    slowly: Floats


def fading_of(problem: Problem, coefficients: Floats) -> Fading:
    """What the coefficients (D,) of earlier innovations add up to."""
    p, a, c = problem.phases, problem.treatments - 1, problem.channels
    tired, lasting, channel, own, tired_here, here = np.split(coefficients, np.cumsum([1, 1, c, a, p]))
    tires = problem.tires[1:].astype(np.float64)
    channels = np.eye(c)[problem.channel[1:]]
    soon = (tired + tired_here[:, None]) * tires + channels @ channel + own + here[:, None]
    return Fading(soon, np.tile(lasting * tires, (p, 1)))


@dataclass(frozen=True, slots=True, eq=False)
class ValueFound:
    """What decisions leave behind, in EUR.

    ``after``: (k,) value after each decision without its own deed; ``delayed``: (D,) coefficients.
    """

    after: Floats
    delayed: Floats


class ValueFit:
    """Regressions on the value's columns; their Gram matrices are made once.

    Rows are weighted by one over the variance of the target in their phase.
    """

    def __init__(self, problem: Problem, rows: Rows, columns: ValueColumns, target: Floats, fold: Ints):
        self._columns, self._fold = columns, fold
        centred = (target - _by_phase(target, rows.phase, problem.phases)) ** 2
        self._weight = 1.0 / np.sqrt(phase_means(centred, rows.phase, problem.phases)[rows.phase])
        whole = np.column_stack([columns.still, columns.delayed])
        self._z = whole * self._weight[:, None].astype(np.float32)
        self._grams = [(z.T @ z).astype(np.float64) for z in (self._z[fold == f] for f in (0, 1))]
        self._variances: Floats | None = None

    def cross_fitted(self, target: Floats) -> Floats:
        """(k,) expected target by the other half's regression, earlier innovations left out."""
        result, still = np.zeros(len(target)), self._columns.still.shape[1]
        for f in (0, 1):
            own = self._fold == f
            moment, gram = self._moment(target, own)[:still], self._grams[f][:still, :still]
            found = shrink(gram, moment, self._columns.groups[:still], rounds=8)
            result[~own] = self._columns.still[~own] @ found.coefficients.astype(np.float32)
        return result

    def expected(self, event: Floats, chance: Floats) -> Floats:
        """(k,) how likely an event is, cross-fitted; ``chance``: roughly."""
        phase = self._weight * np.sqrt(chance * (1.0 - chance))
        return self.cross_fitted(event / phase) * phase

    def _moment(self, target: Floats, rows: Mask | slice) -> Floats:
        weighted = (target[rows] * self._weight[rows]).astype(np.float32)
        return (self._z[rows].T @ weighted).astype(np.float64)

    def iterate(self, immediate: Floats, discount: Floats, after: Floats, limit: float) -> ValueFound:
        """Sweeps of regression on ``immediate + discount × after``."""
        columns, still = self._columns, self._columns.still.shape[1]
        inverse: Floats = np.zeros((0, 0))
        coefficients: Floats = np.zeros(0)
        for sweep in range(SWEEPS):
            moment = self._moment(immediate + discount * after, slice(None))
            if sweep == 0:
                gram = self._grams[0] + self._grams[1]
                found = shrink(gram, moment, columns.groups, rounds=8, variances=self._variances)
                inverse, self._variances = found.covariance, found.variances
            coefficients = inverse @ moment
            coefficients[still] = np.minimum(coefficients[still], 0.0)  # pressure costs, it never pays
            single = coefficients.astype(np.float32)
            ahead = columns.still_after @ single[:still] + columns.delayed_after @ single[still:]
            after = np.clip(ahead, -limit, limit).astype(np.float64)
        return ValueFound(after, coefficients[still:])


def _by_phase(values: Floats, phase: Ints, phases: int) -> Floats:
    count = np.maximum(np.bincount(phase, minlength=phases), 1)
    result: Floats = (np.bincount(phase, values, minlength=phases) / count)[phase]
    return result
