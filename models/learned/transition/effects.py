"""What each treatment changes in where customers go.

Effects are relative to doing nothing. One offset on the log-odds per (phase, treatment, next phase). Offsets
form a tree: all → purpose and group → action → action in a phase → treatment in a phase. Each node is pulled
to its parent, so a treatment without rows does what its action does elsewhere, and a new action what like
actions do. What the journey file believes of an action (``Prior.moves``) takes the parent's place for the
phases it names.

Given the log-odds without treatment the likelihood is concave; each Newton step solves the whole tree
exactly, upwards and downwards, so standard errors come with it. How strongly nodes are pulled is learned
(MacKay's rule). Knows arrays and the journey; knows nothing of features.

Terms: docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import AnyInts, Floats
from models.domain.journey import Journey

_ROUNDS = 40
_TOLERANCE = 1e-5
_WIDTH_TOLERANCE = 0.02
_LARGEST_STEP = 1.5
_PRIOR_NODES = 3.0  # how many nodes the first guess of a width is worth
_MANY = 256  # rows from which turning them over pays
_IN_PARTS = 8  # numbers from which NumPy adds up a row in another order than one after the other
_WIDTHS = (0.3, 0.3, 0.5, 0.5, 0.2)  # first guesses per level, in log-odds, root first


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effects:
    """Offsets and their standard errors, (P, T, P): phase, treatment, next phase.

    Offsets of one phase and treatment add up to zero, for only their differences mean anything: with
    ``e`` the odds of one next phase against another change by ``exp(e[one] - e[other])``. Treatment 0: zeros.
    """

    offset: Floats
    standard_error: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Level:
    """Nodes of one depth and what pulls them.

    A node is ``kept`` (0 or 1) times its parent plus ``belief``, give or take ``precision``.
    """

    parent: AnyInts  # shape (nodes,)
    kept: Floats  # shape (nodes, P)
    belief: Floats  # shape (nodes, P)
    precision: Floats  # shape (nodes, P)
    width: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Solution:
    """Posterior of the nodes of one depth: mean, covariance, and the deviation from what pulls them."""

    mean: Floats  # shape (nodes, P)
    covariance: Floats  # shape (nodes, P, P)
    deviation: Floats  # shape (nodes, P)
    deviation_variance: Floats  # shape (nodes, P)


def fit_effects(
    *,
    journey: Journey,
    baseline: Floats,
    chain: Floats,
    phase: AnyInts,
    treatment: AnyInts,
    next_phase: AnyInts,
) -> Effects:
    """Fit the offsets given the log-odds of each row without treatment.

    Args:
        journey: phases, treatments and beliefs.
        baseline: shape (n, P). Log-odds of the next phase when nothing is done.
        chain: shape (P, P). P(next phase | phase) on average: what a believed row would tell.
        phase: shape (n,).
        treatment: shape (n,). Rows of treatment 0 say nothing here.
        next_phase: shape (n,). Where the customer was at the horizon.
    """
    phases, treated = len(journey.phases), len(journey.treatments) - 1
    cells = phases * treated
    rows = _Rows(baseline, phase, treatment, next_phase, treated)
    levels = _tree(journey, chain)
    offset = _solve(levels, np.zeros((cells, phases, phases)), np.zeros((cells, phases)))[-1].mean
    for _ in range(_ROUNDS if cells else 0):
        solutions = _solve(levels, *rows.quadratic(offset))
        step = solutions[-1].mean - offset
        offset = offset + step * min(1.0, _LARGEST_STEP / max(float(np.abs(step).max()), 1e-12))
        previous, levels = levels, _learn_widths(levels, solutions)
        if np.abs(step).max() < _TOLERANCE and _change(previous, levels) < _WIDTH_TOLERANCE:
            break
    covariance = _solve(levels, *rows.quadratic(offset))[-1].covariance
    centring = np.eye(phases) - 1.0 / phases
    variance = np.diagonal(centring @ covariance @ centring, axis1=1, axis2=2)
    return Effects(
        offset=_with_nothing(offset @ centring, phases, treated),
        standard_error=_with_nothing(np.sqrt(np.maximum(variance, 0.0)), phases, treated),
    )


def _with_nothing(of_cells: Floats, phases: int, treated: int) -> Floats:
    """From (cells, P) to (P, T, P), zeros for doing nothing."""
    full = np.zeros((phases, treated + 1, phases))
    full[:, 1:] = of_cells.reshape(phases, treated, phases)
    return full


class _Rows:
    """Treated rows, sorted by cell; a cell is phase · (T - 1) + treatment - 1."""

    def __init__(
        self, baseline: Floats, phase: AnyInts, treatment: AnyInts, next_phase: AnyInts, treated: int
    ) -> None:
        taken = np.flatnonzero(treatment > 0)
        cell = phase[taken].astype(np.int64) * treated + treatment[taken] - 1
        order = np.argsort(cell, kind="stable")
        self._baseline = baseline[taken[order]]
        self._next = next_phase[taken[order]]
        self._cells, first = np.unique(cell[order], return_index=True)
        self._bounds = np.append(first, len(order))

    def quadratic(self, offset: Floats) -> tuple[Floats, Floats]:
        """The log-likelihood around ``offset``: curvature (cells, P, P), gradient + curvature · offset."""
        cells, phases = offset.shape
        curvature, pull = np.zeros((cells, phases, phases)), np.zeros((cells, phases))
        for k, cell in enumerate(self._cells):
            mine = slice(self._bounds[k], self._bounds[k + 1])
            chance = softmax(self._baseline[mine] + offset[cell])
            expected = chance.sum(axis=0)
            curvature[cell] = np.diag(expected) - chance.T @ chance
            gradient = np.bincount(self._next[mine], minlength=phases) - expected
            pull[cell] = gradient + curvature[cell] @ offset[cell]
        return curvature, pull


def softmax(logits: Floats) -> Floats:
    """Probabilities from log-odds, over the last axis. A row's bits do not depend on the others."""
    if logits.ndim == 2 and len(logits) >= _MANY and logits.shape[1] < _IN_PARTS:
        return _of_many(logits)
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    odds /= odds.sum(axis=-1, keepdims=True)
    return np.asarray(odds)


def _of_many(logits: Floats) -> Floats:
    """``softmax`` of many short rows with the same bits, several times as fast: NumPy reduces along the first
    axis a whole row of numbers at a time."""
    odds = np.array(logits.T, order="C")
    odds -= odds.max(axis=0)
    np.exp(odds, out=odds)
    odds /= odds.sum(axis=0)
    return np.ascontiguousarray(odds.T)


def _tree(journey: Journey, chain: Floats) -> tuple[_Level, ...]:
    """Root, purpose and group, action, action in a phase, treatment in a phase."""
    phases, treatments = len(journey.phases), journey.treatments[1:]
    likes, like = _codes([(a.purpose.value, a.group) for a in journey.actions])
    action_of = [journey.action_index[t.action] for t in treatments]
    actions = len(journey.actions)
    parents = (
        np.zeros(1, dtype=np.int64),
        np.zeros(likes, dtype=np.int64),
        like,
        np.tile(np.arange(actions), phases),
        (np.arange(phases)[:, None] * actions + np.array(action_of, dtype=np.int64)).ravel(),
    )
    levels = [_level(parent, phases, width) for parent, width in zip(parents, _WIDTHS, strict=True)]
    levels[0] = replace(levels[0], kept=np.zeros((1, phases)))
    levels[2] = _believed(journey, levels[2], chain)
    return tuple(levels)


def _codes(names: Sequence[Hashable]) -> tuple[int, AnyInts]:
    known: dict[Hashable, int] = {}
    codes = np.array([known.setdefault(name, len(known)) for name in names], dtype=np.int64)
    return len(known), codes


def _level(parent: AnyInts, phases: int, width: float) -> _Level:
    shape = (len(parent), phases)
    return _Level(
        parent=parent,
        kept=np.ones(shape),
        belief=np.zeros(shape),
        precision=np.full(shape, width**-2),
        width=width,
    )


def _believed(journey: Journey, level: _Level, chain: Floats) -> _Level:
    """Stated moves: their log as the mean, and the precision that ``weight`` rows would give."""
    kept, belief, precision = level.kept.copy(), level.belief.copy(), level.precision.copy()
    for code, action in enumerate(journey.actions):
        at = [journey.phase_index[name] for name in action.phases] or list(range(len(journey.phases)))
        for name, multiplier in action.prior.moves.items():
            to = journey.phase_index[name]
            chance = float(chain[at, to].mean())
            kept[code, to] = 0.0
            belief[code, to] = np.log(multiplier)
            precision[code, to] = max(action.prior.weight * chance * (1.0 - chance), 1e-3)
    return replace(level, kept=kept, belief=belief, precision=precision)


def _solve(levels: Sequence[_Level], curvature: Floats, pull: Floats) -> list[_Solution]:
    """Posterior of every node: messages from the leaves to the root, then means back down. Exact."""
    inner = []
    for depth in range(len(levels) - 1, -1, -1):
        level = levels[depth]
        covariance: Floats = np.asarray(np.linalg.inv(curvature + _diagonal(level.precision)))
        inner.append((covariance, pull))
        if depth:
            curvature, pull = _message(level, covariance, pull, len(levels[depth - 1].parent))
    solutions: list[_Solution] = []
    for level, (covariance, own) in zip(levels, reversed(inner), strict=True):
        solutions.append(_downwards(level, covariance, own, solutions[-1] if solutions else None))
    return solutions


def _message(level: _Level, covariance: Floats, pull: Floats, parents: int) -> tuple[Floats, Floats]:
    """What the nodes tell their parents, with the nodes themselves integrated out."""
    precision, kept = level.precision, level.kept
    scaled = precision[:, :, None] * covariance
    curvature = _diagonal(precision) - scaled * precision[:, None, :]
    moved_pull = np.einsum("nij,nj->ni", scaled, pull) - np.einsum("nij,nj->ni", curvature, level.belief)
    phases = precision.shape[1]
    to_curvature, to_pull = np.zeros((parents, phases, phases)), np.zeros((parents, phases))
    np.add.at(to_curvature, level.parent, kept[:, :, None] * curvature * kept[:, None, :])
    np.add.at(to_pull, level.parent, kept * moved_pull)
    return to_curvature, to_pull


def _downwards(level: _Level, covariance: Floats, pull: Floats, parent: _Solution | None) -> _Solution:
    expected = level.belief.copy()
    total = covariance
    variance = np.diagonal(covariance, axis1=1, axis2=2).copy()
    if parent is not None:
        expected += level.kept * parent.mean[level.parent]
        above = parent.covariance[level.parent]
        gain = covariance * (level.precision * level.kept)[:, None, :]
        total = covariance + gain @ above @ gain.transpose(0, 2, 1)
        rest = gain - _diagonal(level.kept)
        variance += np.einsum("nij,njk,nik->ni", rest, above, rest, optimize=True)
    mean = np.einsum("nij,nj->ni", covariance, pull + level.precision * expected)
    return _Solution(mean=mean, covariance=total, deviation=mean - expected, deviation_variance=variance)


def _diagonal(values: Floats) -> Floats:
    return np.asarray(values[:, :, None] * np.eye(values.shape[1]))


def _learn_widths(levels: Sequence[_Level], solutions: Sequence[_Solution]) -> tuple[_Level, ...]:
    """One precision a level: the mean square of what the data has determined; beliefs keep theirs."""
    return (levels[0], *(_learned(x, s) for x, s in zip(levels[1:], solutions[1:], strict=True)))


def _learned(level: _Level, solution: _Solution) -> _Level:
    free = level.kept > 0
    determined = np.clip(1.0 - level.precision * solution.deviation_variance, 0.0, 1.0)[free].sum()
    square = (solution.deviation[free] ** 2).sum() + _PRIOR_NODES * level.width**2
    return replace(level, precision=np.where(free, (determined + _PRIOR_NODES) / square, level.precision))


def _change(before: Sequence[_Level], after: Sequence[_Level]) -> float:
    return max(
        float(np.abs(np.log(a.precision / b.precision)).max(initial=0.0))
        for a, b in zip(after, before, strict=True)
    )
