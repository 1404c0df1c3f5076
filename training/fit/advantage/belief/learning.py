"""Learn how often phases are stated wrongly.

Baum-Welch on the statements of each customer. A filter is believed only where it foretells statements better
than the statement before does.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.learned.advantage.belief import PhaseBelief, certain
from training.fit.advantage.rows import Problem, Rows, runs

ROUNDS: Final = 12
FIRST_CONFUSION: Final = 0.1
TRUST: Final = 50.0
"""Statements that agree with the phase, counted on top of those seen."""
WORTH_BELIEVING: Final = 0.03
"""With less confusion than this the labels are taken at their word."""


def fit_belief(problem: Problem, rows: Rows) -> PhaseBelief | None:
    """The filter, or None where labels are as good as certain."""
    labels = _labels(rows)
    belief = _first_guess(problem, rows)
    for _ in range(ROUNDS):
        belief = _improved(belief, labels)
    return belief if belief.confusion >= WORTH_BELIEVING and _foretells(belief, problem, rows) else None


def attach(belief: PhaseBelief | None, problem: Problem, rows: Rows) -> Floats:
    """(k, P + 1) belief at each decision, from statements so far."""
    return certain(rows.phase, problem.phases) if belief is None else belief.now(rows.stated)


def _foretells(belief: PhaseBelief, problem: Problem, rows: Rows) -> bool:
    """Whether next statements are likelier than by a table of the present one, each parameter counted."""
    counts = np.full((problem.phases, problem.phases + 1), 0.2)
    np.add.at(counts, (rows.phase, rows.next_phase), 1.0)
    table = counts / counts.sum(axis=1, keepdims=True)
    by_table = np.log(table[rows.phase, rows.next_phase]).sum()
    ahead = belief.now(rows.stated) @ belief.moves @ belief.stated
    by_belief = np.log(np.maximum(ahead[np.arange(rows.n), rows.next_phase], 1e-12)).sum()
    return bool(by_belief - by_table > 0.5 * problem.phases**2 * np.log(rows.n))


def _labels(rows: Rows) -> Ints:
    """(runs, steps + 1), -1 after the last."""
    run, step = runs(rows)
    labels = np.full((int(run.max()) + 1, int(step.max()) + 2), -1)
    labels[run, step] = rows.phase
    labels[run, step + 1] = rows.next_phase
    return labels


def _first_guess(problem: Problem, rows: Rows) -> PhaseBelief:
    phases = problem.phases
    moves = np.full((phases + 1, phases + 1), 0.02)
    np.add.at(moves, (rows.phase, rows.next_phase), 1.0)
    stated = np.eye(phases + 1)
    for p in range(phases):
        for q in {p - 1, p + 1} & set(range(phases)):
            stated[p, q] += FIRST_CONFUSION / 2
    stated[:phases, :phases] += 1e-3
    start = np.bincount(rows.phase[runs(rows)[1] == 0], minlength=phases + 1).astype(np.float64)
    return made(start + 0.1, moves, stated)


def made(start: Floats, moves: Floats, stated: Floats) -> PhaseBelief:
    """Normalised; having left is final and always known."""
    for table in (moves, stated):
        table[-1] = 0.0
        table[-1, -1] = 1.0
    stated[:-1, -1] = 0.0
    return PhaseBelief(
        start=start / start.sum(),
        moves=moves / moves.sum(axis=1, keepdims=True),
        stated=stated / stated.sum(axis=1, keepdims=True),
    )


def _improved(belief: PhaseBelief, labels: Ints) -> PhaseBelief:
    """One round of expectation and maximisation."""
    customers, steps = labels.shape
    known = labels >= 0
    forward = np.zeros((steps, customers, len(belief.start)))
    ahead = np.broadcast_to(belief.start, forward[0].shape)
    for t in range(steps):
        weights = ahead * _likelihood(belief, labels[:, t], known[:, t])
        forward[t] = weights / (weights.sum(axis=1, keepdims=True) + 1e-300)
        ahead = forward[t] @ belief.moves
    backward = np.ones_like(forward[0])
    moves, stated = np.full_like(belief.moves, 1e-6), np.full_like(belief.stated, 1e-3)
    stated += TRUST * np.eye(len(stated))
    start = belief.start
    for t in range(steps - 1, -1, -1):
        posterior = forward[t] * backward
        posterior /= posterior.sum(axis=1, keepdims=True) + 1e-300
        np.add.at(stated.T, labels[known[:, t], t], posterior[known[:, t]])
        if t == 0:
            start = posterior.mean(axis=0)
            break
        message = _likelihood(belief, labels[:, t], known[:, t]) * backward
        total = (forward[t - 1] * (message @ belief.moves.T)).sum(axis=1) + 1e-300
        moves += belief.moves * ((forward[t - 1] * (known[:, t] / total)[:, None]).T @ message)
        backward = message @ belief.moves.T
        backward /= backward.sum(axis=1, keepdims=True) + 1e-300
    return made(start + 1e-9, moves, stated)


def _likelihood(belief: PhaseBelief, label: Ints, known: Mask) -> Floats:
    return np.where(known[:, None], belief.stated.T[np.maximum(label, 0)], 1.0)
