"""Rivals that learn from the same rows: the phase chain, one action for all, a T-learner and a DR-learner.

The learners look one decision ahead and take what comes later from the chain's values, which is as much as
they can be given without becoming something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.drawn.learning import problem_of, rows_of, rows_seen
from models.arrays import Floats, Ints, Mask
from training.fit.advantage.chain import PhaseChain, fit_chain
from training.fit.advantage.rows import Problem, Rows, halves
from training.simulator.drawn.policies import Always, Greedy, Policy
from training.simulator.drawn.records import View
from training.simulator.drawn.rollout import DrawnLog

RIDGES: Final = (3.0, 30.0, 300.0, 3_000.0)
LEAST: Final = 0.02
"""Probabilities below this count as this, so that no single row decides."""


def rivals(log: DrawnLog) -> dict[str, Policy]:
    """Every rival, learned from the log."""
    problem, rows = problem_of(log.company), rows_of(log)
    chain, worth = chain_and_worth(problem, rows)
    return {
        "best single action": Always(best_single(problem, rows, worth)),
        "phase chain": Greedy(lambda view: chain_worth(chain, problem, view)),
        "T-learner": Greedy(t_learner(problem, rows, worth)),
        "DR-learner": Greedy(dr_learner(problem, rows, worth)),
    }


def chain_and_worth(problem: Problem, rows: Rows) -> tuple[PhaseChain, Floats]:
    """The phase chain, and (k,) EUR that each decision earned, with what comes later by the chain."""
    chain = fit_chain(problem, rows)
    after = problem.discount * chain.values[rows.step + 1, rows.next_phase]
    return chain, rows.reward + np.where(rows.ends, 0.0, after)


def chain_worth(chain: PhaseChain, problem: Problem, view: View) -> Floats:
    """(n, A) EUR at this step in the stated phase."""
    return chain.worth[view.step, np.minimum(view.phase, problem.phases - 1)]


def best_single(problem: Problem, rows: Rows, worth: Floats) -> int:
    """The treatment whose decisions were worth most on average, weighted to the whole population."""
    p = rows.probabilities[np.arange(rows.n), rows.treatment]
    weight = 1.0 / np.maximum(p, LEAST)
    total = np.bincount(rows.treatment, weight, minlength=problem.treatments)
    mean = np.bincount(rows.treatment, weight * worth, minlength=problem.treatments) / np.maximum(total, 1e-9)
    tried = np.bincount(rows.treatment, minlength=problem.treatments) >= 30
    return int(np.where(tried, mean - problem.cost, -np.inf).argmax())


@dataclass(frozen=True, slots=True, eq=False)
class Standards:
    """Means and spreads of a log, and rows as a linear model wants them."""

    phases: int
    centre: Floats
    spread: Floats

    @classmethod
    def of(cls, problem: Problem, rows: Rows) -> Standards:
        """Those of the log's own rows."""
        x = _known(rows)
        return cls(problem.phases, x.mean(axis=0), x.std(axis=0) + 1e-9)

    def numbers(self, rows: Rows) -> Floats:
        """(k, F) attributes and history, standardised."""
        result: Floats = (_known(rows) - self.centre) / self.spread
        return result

    def features(self, rows: Rows) -> Floats:
        """(k, P + F) the phase and the numbers."""
        phase = np.eye(self.phases)[np.minimum(rows.phase, self.phases - 1)]
        return np.column_stack([phase, self.numbers(rows)])

    def with_one(self, rows: Rows) -> Floats:
        """(k, P + F + 1) the same and a constant."""
        return np.column_stack([self.features(rows), np.ones(rows.n)])


def _known(rows: Rows) -> Floats:
    return np.column_stack([rows.attributes, rows.contact, rows.other])


def _ridge(x: Floats, y: Floats, fold: Ints) -> Floats:
    """Coefficients with the penalty that predicts the other half best; the first column is a constant."""
    x = np.column_stack([np.ones(len(x)), x])
    best, loss = RIDGES[-1], np.inf
    for ridge in RIDGES:
        errors = [_error(x, y, fold == f, ridge) for f in (0, 1)]
        if sum(errors) < loss:
            best, loss = ridge, sum(errors)
    return _solve(x, y, best)


def _error(x: Floats, y: Floats, own: Mask, ridge: float) -> float:
    return float(((y[~own] - x[~own] @ _solve(x[own], y[own], ridge)) ** 2).sum())


def _solve(x: Floats, y: Floats, ridge: float) -> Floats:
    penalty = np.diag(np.append(1e-6, np.full(x.shape[1] - 1, ridge)))
    return np.linalg.solve(x.T @ x + penalty, x.T @ y)


def _per_treatment(problem: Problem, x: Floats, rows: Rows, worth: Floats, use: Mask) -> Floats:
    """(A, F + 1) a regression for each treatment."""
    fold, found = halves(rows), np.zeros((problem.treatments, x.shape[1] + 1))
    for a in range(problem.treatments):
        own = use & (rows.treatment == a)
        if own.sum() >= 60:
            found[a] = _ridge(x[own], worth[own], fold[own])
        else:
            found[a, 0] = -np.inf if a else 0.0
    return found


def t_learner(problem: Problem, rows: Rows, worth: Floats):
    """A regression for each treatment; the best prediction wins."""
    standards = Standards.of(problem, rows)
    x = standards.features(rows)
    models = _per_treatment(problem, x, rows, worth, np.ones(rows.n, dtype=bool))

    def advantage(view: View) -> Floats:
        seen = standards.features(rows_seen(view, problem.phases))
        return models[:, 0] + seen @ models[:, 1:].T - problem.cost

    return advantage


def dr_learner(problem: Problem, rows: Rows, worth: Floats):
    """Doubly robust scores of each treatment against nothing, regressed on what is known.

    Kennedy, "Towards optimal doubly robust estimation of heterogeneous causal effects", 2023.
    """
    standards = Standards.of(problem, rows)
    x, fold, row = standards.features(rows), halves(rows), np.arange(rows.n)
    expected = np.zeros((rows.n, problem.treatments))
    for f in (0, 1):
        models = _per_treatment(problem, x, rows, worth, fold == f)
        models[~np.isfinite(models)] = 0.0
        expected[fold != f] = models[:, 0] + x[fold != f] @ models[:, 1:].T
    scores = expected.copy()
    p = np.maximum(rows.probabilities[row, rows.treatment], LEAST)
    scores[row, rows.treatment] += (worth - expected[row, rows.treatment]) / p
    effects = np.zeros((problem.treatments, x.shape[1] + 1))
    for a in range(1, problem.treatments):
        own = rows.eligible[:, a]
        if (rows.treatment == a).sum() >= 60:
            effects[a] = _ridge(x[own], scores[own, a] - scores[own, 0], fold[own])
        else:
            effects[a, 0] = -np.inf

    def advantage(view: View) -> Floats:
        seen = standards.features(rows_seen(view, problem.phases))
        return effects[:, 0] + seen @ effects[:, 1:].T - problem.cost

    return advantage
