"""What contacts still do to later moves.

They tire or warm. Earlier innovations are set against whether customers move up now, in units of log-odds, as
effects at once are: what the moves show is hidden in money where purchases are rare. Pressure and what
treatments do besides are judged apart, each by customers it was not learned from. What a unit is worth
follows from the phases that are still ahead. Knows moves and the phase chain; knows nothing of money that
comes without a move.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Floats32, Ints, Mask
from training.fit.advantage.evidence import Evidence, confirm
from training.fit.advantage.rows import FOLDS, Problem, Rows, folds
from training.fit.advantage.shrinkage import FLAT, posterior, shrink
from training.fit.advantage.value import FADING, LASTING, Fading, delayed_columns, fading_of


@dataclass(frozen=True, slots=True, eq=False)
class LaterMoves:
    """What earlier innovations add to the log-odds of moving up.

    ``columns``: (k, D) earlier innovations; ``coefficients``: (D,) as far as ``evidence`` supports them, that
    for pressure and that for the rest. Pressure that cannot be told from nil costs what it seems to cost.
    """

    columns: Floats32
    coefficients: Floats
    evidence: Evidence

    @property
    def odds(self) -> Floats:
        """(k,) log-odds that earlier innovations add now."""
        return (self.columns @ self.coefficients.astype(np.float32)).astype(np.float64)


def fit_later_moves(
    problem: Problem, rows: Rows, belief: Floats, binomial: Floats, residual: Floats, expected: float = 0.0
) -> LaterMoves:
    """Regress what moved up on earlier innovations.

    Args:
        binomial: (k,) variance of moving up.
        residual: (k,) whether customers moved up, minus how likely it was for somebody whose contacts are
            not known.
        expected: log-odds that a contact which tires is thought to add at the next decision, before the log
            is asked; 0: nothing is thought.
    """
    columns, groups, pressure = delayed_columns(problem, rows, belief, np.ones(problem.phases))
    before = np.where(np.arange(len(groups)) == 0, expected, 0.0)
    residual = residual - binomial * (columns[:, 0] * before[0])
    noise = binomial / rows.weight
    noise *= max(float((residual**2 / noise).mean()), 1e-6)
    z = columns * (binomial / np.sqrt(noise))[:, None].astype(np.float32)
    pull = (residual / np.sqrt(noise)).astype(np.float32)
    fold = [folds(rows) == f for f in range(FOLDS)]
    grams = np.stack([(z[at].T @ z[at]).astype(np.float64) for at in fold])
    moments = np.stack([(z[at].T @ pull[at]).astype(np.float64) for at in fold])
    if expected:  # as likely to be twice as much, or nothing, as a deviation of one standard error
        grams[:, 0, 0] += 1.0 / (FOLDS * expected**2)
    gram, moment = grams.sum(axis=0), moments.sum(axis=0)
    found = shrink(gram, moment, groups)
    kept = np.flatnonzero((groups == FLAT) | (found.variances[groups] > 0))
    said = np.zeros((rows.n, 2))
    for f, at in enumerate(fold):
        elsewhere = posterior(gram - grams[f], moment - moments[f], found.variances, groups, kept)[0]
        said[at] = binomial[at, None] * (columns[at] @ _parts(elsewhere, pressure).astype(np.float32))
    evidence = confirm(said, residual, noise, rows.customer)
    tired, rest = np.minimum(evidence.kept, 1.0)
    parts = _parts(before + found.coefficients, pressure)
    return LaterMoves(columns, parts @ np.array([tired or 1.0, rest]), evidence)


def _parts(coefficients: Floats, pressure: Mask) -> Floats:
    """(D, 2) pressure, which costs and never pays, and the rest."""
    return np.column_stack(
        [np.where(pressure, np.minimum(coefficients, 0.0), 0.0), np.where(pressure, 0.0, coefficients)]
    )


def worth_later(
    problem: Problem, base: Floats, rows: Rows, phase: Ints, stake: Floats, coefficients: Floats
) -> Floats:
    """(P, A) EUR of what a treatment does to the odds of moving up after its step.

    Args:
        base: (P, P + 1) next phases.
        phase: (k,) of each decision. stake: (k,) EUR that a unit of log-odds brings there.
    """
    phases = problem.phases
    usual = np.bincount(phase, stake, phases) / np.maximum(np.bincount(phase, minlength=phases), 1)
    moves = problem.discount * base[:, :phases]
    left = np.maximum(problem.horizon - 1 - rows.step, 0)
    fading: Fading = fading_of(problem, coefficients)
    total = np.zeros((phases, problem.treatments - 1))
    for table, decay in ((fading.soon, FADING), (fading.slowly, LASTING)):
        total += _still_ahead(problem, moves, decay, phase, left) @ (usual[:, None] * table)
    return np.column_stack([np.zeros(phases), total])


def _still_ahead(problem: Problem, moves: Floats, decay: float, phase: Ints, left: Ints) -> Floats:
    """(P, P) discounted and fading steps in each phase from the next one on, for the usual time left."""
    phases = len(moves)
    if problem.endless:
        return np.asarray(np.linalg.solve(np.eye(phases) - decay * moves, moves), dtype=np.float64)
    total, power = np.zeros_like(moves), moves
    count = np.maximum(np.bincount(phase, minlength=phases), 1)
    for k in range(1, problem.horizon):
        total += (np.bincount(phase, left >= k, phases) / count)[:, None] * power
        power = decay * power @ moves
    return total
