"""Learns what treatments change in the next score that customers tell.

One linear model of scores: what a customer told last, the phase and the features say what to expect if
nothing is done; effects of treatments come on top. Effects form a tree (all, like actions, action, action in
a phase, treatment in a phase), each level pulled to zero by a width that the data chooses, so a treatment
without scores does what like ones do. Fitted together, so that who is chosen for a treatment is not taken for
its effect, as far as features tell. Method: Bayesian linear regression, widths and noise by MacKay's rule
("Bayesian interpolation", 1992).

A score counts for the decisions before it within the window; one that several decisions lead to counts for
each of them by its share. Knows rows and histories; knows nothing of EUR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import sparse

from models.arrays import AnyInts, Floats, Ints
from models.domain.feedback import told
from models.domain.history import DAY_MS, History
from models.domain.journey import Fact, Journey
from models.domain.objective import Satisfaction
from models.learned.files import array_bytes, json_bytes, read_array, read_json
from models.learned.satisfaction import SatisfactionModel
from models.policy.eligibility.catalogue import Catalogue
from training.fit.prepared import Prepared
from training.rows.split import Part

LEAST_SCORES: Final = 100
"""With fewer nothing is learned."""
MOST_ROWS: Final = 400_000
"""Earlier rows are left out."""
MOST_COLUMNS: Final = 1_200
"""Of effects; where there were more, the finest level is left out."""

_ROUNDS: Final = 40
_TOLERANCE: Final = 1e-3
_PRIOR_EFFECTS: Final = 3.0
_WIDTHS: Final = (0.2, 0.2, 0.3, 0.2, 0.1)
"""First guesses, in standard deviations of the score: of all, like actions, action, in a phase, treatment."""
_FEATURES_WIDTH: Final = 0.05
_FACT_FILE: Final = "scores.json"
_ARRAYS: Final = ("rows", "score", "share", "expected")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedSatisfaction:
    """What was learned, with what judges it on later rows.

    Attributes:
        model: None where too few customers told a score.
        fact: the score.
        rows: shape (k,). Positions of all rows that a score followed, later ones too.
        score: shape (k,). What was told. share: shape (k,). By how much each counts.
        expected: shape (k,). If nothing is done; nan without a model.
    """

    model: SatisfactionModel | None
    fact: str
    rows: Ints
    score: Floats
    share: Floats
    expected: Floats

    def to_files(self) -> dict[str, bytes]:
        """For a training that resumes."""
        files = {} if self.model is None else self.model.to_files()
        files |= {f"scores_{name}.npy": array_bytes(getattr(self, name)) for name in _ARRAYS}
        return {_FACT_FILE: json_bytes({"fact": self.fact}), **files}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> LearnedSatisfaction:
        """What ``to_files`` gave."""
        arrays = {name: read_array(files, f"scores_{name}.npy") for name in _ARRAYS}
        fact = read_json(files, _FACT_FILE)["fact"]
        return cls(model=SatisfactionModel.from_files(files), fact=fact, **arrays)


def learn_satisfaction(prepared: Prepared, asked: Satisfaction) -> LearnedSatisfaction:
    """From the training and calibration parts."""
    journey = prepared.journey
    fact = next(each for each in journey.facts if each.name == asked.fact)
    rows, score, share, at = next_scores(prepared, fact, asked)
    part = prepared.split.part
    known = part[rows] < Part.TEST
    if (part == Part.TEST).any():  # what was told later is for the test
        known &= at <= prepared.split.test_from
    learned = np.flatnonzero(known)[-MOST_ROWS:]
    x = _features(prepared, fact, rows)
    if share[learned].sum() < LEAST_SCORES:
        nothing = np.full(len(rows), np.nan)
        return LearnedSatisfaction(
            model=None, fact=fact.name, rows=rows, score=score, share=share, expected=nothing
        )
    tree = _Tree.of(journey, prepared.situations.phase[rows], prepared.rows.treatment[rows], learned)
    fitted = _fit(_standard(x, learned), tree, score, share, learned)
    model = SatisfactionModel(
        fact=fact.name,
        window_days=asked.window_days,
        scores=round(float(share[learned].sum())),
        effect=fitted.effect,
        error=fitted.error,
    )
    return LearnedSatisfaction(
        model=model, fact=fact.name, rows=rows, score=score, share=share, expected=fitted.expected
    )


def next_scores(prepared: Prepared, fact: Fact, asked: Satisfaction) -> tuple[Ints, Floats, Floats, Ints]:
    """Rows that a score followed within the window: positions, the score, by how much it counts, and when.

    Of several scores the first counts. Shape (k,) each.
    """
    history, rows = prepared.log.history, prepared.rows
    own = told(prepared.journey, history, fact)
    if not len(own.event):
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64)
    after = history.ends(rows.customer, rows.decided_at + 1)
    place = own.event.searchsorted(after)
    event = np.append(own.event, history.start[-1])[place]
    present = event < history.start[rows.customer + 1]
    at = history.occurred_at[np.where(present, event, 0)]
    found = np.flatnonzero(present & (at <= rows.decided_at + round(asked.window_days * DAY_MS)))
    values = np.array([float(value) for value in own.values])
    times = np.bincount(place[found], minlength=len(values))
    return found, values[place[found]], 1.0 / times[place[found]], at[found]


def _features(prepared: Prepared, fact: Fact, rows: Ints) -> Floats:
    """What was told last and on average, and the customer's features; nan: missing."""
    history, decisions = prepared.log.history, prepared.rows
    customer, instant = decisions.customer[rows], decisions.decided_at[rows]
    last, mean = _told_before(prepared.journey, history, fact, customer, instant)
    numbers = prepared.customer_x[rows].astype(np.float64)
    return np.column_stack([last, mean, np.isnan(last), numbers])


def _told_before(
    journey: Journey, history: History, fact: Fact, customer: Ints, instant: Ints
) -> tuple[Floats, Floats]:
    """The last score before moments, and the mean of all of them; nan: none."""
    own = told(journey, history, fact)
    values = np.array([float(value) for value in own.values])
    end = own.event.searchsorted(history.ends(customer, instant))
    begin = own.event.searchsorted(history.start[customer])
    total = np.concatenate([np.zeros(1), np.cumsum(values)])
    count = end - begin
    last = np.where(count > 0, np.append(values, np.nan)[end - 1], np.nan)
    mean = np.where(count > 0, (total[end] - total[begin]) / np.maximum(count, 1), np.nan)
    return last, mean


def _standard(x: Floats, learned: Ints) -> Floats:
    """Columns that vary among the learned rows, standardised by them; missing and far values come near."""
    of_learned = x[learned]
    present = ~np.isnan(of_learned)
    count = present.sum(axis=0)
    filled = np.where(present, of_learned, 0.0)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    spread = np.sqrt((np.where(present, of_learned - mean, 0.0) ** 2).sum(axis=0) / np.maximum(count, 1))
    use = np.flatnonzero((spread > 1e-9) & np.isfinite(spread))
    z = np.nan_to_num((x[:, use] - mean[use]) / spread[use], nan=0.0)
    return np.asarray(np.clip(z, -4.0, 4.0))


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """Nodes of effects, and which of them a cell (phase, treatment) has; -1: none.

    Attributes:
        nodes: shape (P, T, levels). Columns among effects.
        level: shape (columns,).
        cell: shape (k, 2). Phase and treatment of each row.
    """

    nodes: Ints
    level: Ints
    cell: Ints

    @classmethod
    def of(cls, journey: Journey, phase: AnyInts, treatment: AnyInts, learned: Ints) -> _Tree:
        catalogue = Catalogue.of(journey)
        phases, treatments = len(journey.phases), len(journey.treatments)
        like: dict[tuple[str, str | None], int] = {}
        names = [None if a is None else (a.purpose.value, a.group) for a in catalogue.actions]
        likes = np.array([-1 if n is None else like.setdefault(n, len(like)) for n in names])
        action = catalogue.action.astype(np.int64)
        codes = np.arange(treatments)
        every = np.arange(phases)[:, None]
        raw = [
            np.broadcast_to(np.zeros(treatments, dtype=np.int64), (phases, treatments)),
            np.broadcast_to(likes, (phases, treatments)),
            np.broadcast_to(action, (phases, treatments)),
            every * len(journey.actions) + action,
            every * treatments + codes,
        ]
        seen = np.zeros((phases, treatments), dtype=bool)
        seen[phase[learned], treatment[learned]] = True
        seen[:, 0] = False
        nodes = np.full((phases, treatments, len(raw)), -1, dtype=np.int64)
        levels: list[int] = []
        for depth, of_cell in enumerate(raw):
            used = np.unique(of_cell[seen])
            if depth and len(levels) + len(used) > MOST_COLUMNS:
                break
            place = np.minimum(used.searchsorted(of_cell), max(len(used) - 1, 0))
            known = (used[place] == of_cell) if len(used) else np.zeros(of_cell.shape, dtype=bool)
            known[:, 0] = False
            nodes[:, :, depth] = np.where(known, place + len(levels), -1)
            levels += [depth] * len(used)
        return cls(nodes, np.array(levels, dtype=np.int64), np.column_stack([phase, treatment]))

    def design(self, cells: Ints) -> Any:
        """Indicators of the nodes of cells, (m, columns)."""
        of_cell = self.nodes[cells[:, 0], cells[:, 1]]
        row, depth = np.nonzero(of_cell >= 0)
        ones = np.ones(len(row))
        return sparse.csr_matrix((ones, (row, of_cell[row, depth])), shape=(len(cells), len(self.level)))


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    effect: Floats
    error: Floats
    expected: Floats


def _fit(x: Floats, tree: _Tree, score: Floats, share: Floats, learned: Ints) -> _Fitted:
    """Posterior of all effects."""
    phases, treatments = tree.nodes.shape[:2]
    centre = float(np.average(score[learned], weights=share[learned]))
    scale = float(np.sqrt(np.average((score[learned] - centre) ** 2, weights=share[learned]))) or 1.0
    baseline = np.column_stack([np.eye(phases)[tree.cell[:, 0]], x])
    columns = sparse.hstack([sparse.csr_matrix(baseline), tree.design(tree.cell)], format="csr")
    weighted = columns[learned].multiply(share[learned][:, None]).tocsr()
    y = (score - centre) / scale
    gram = np.asarray((weighted.T @ columns[learned]).todense())
    pull = np.asarray(weighted.T @ y[learned]).ravel()
    square = float(share[learned] @ y[learned] ** 2)
    blocks = np.concatenate([np.zeros(phases), np.ones(x.shape[1]), 2 + tree.level]).astype(np.int64)
    mean, covariance = _posterior(gram, pull, square, float(share[learned].sum()), blocks)
    first = phases + x.shape[1]
    every = np.array([(p, t) for p in range(phases) for t in range(treatments)], dtype=np.int64)
    design = tree.design(every)
    effect = np.asarray(design @ mean[first:]).ravel()
    own = covariance[first:, first:]
    variance = np.asarray(design.multiply(design @ own).sum(axis=1)).ravel()
    shape = (phases, treatments)
    return _Fitted(
        effect=(scale * effect).reshape(shape),
        error=(scale * np.sqrt(np.maximum(variance, 0.0))).reshape(shape),
        expected=centre + scale * (baseline @ mean[:first]),
    )


def _posterior(gram: Floats, pull: Floats, square: float, n: float, blocks: Ints) -> tuple[Floats, Floats]:
    """Mean and covariance; block 0 is free, each other has a width of its own that the data chooses."""
    widths = np.array([30.0, _FEATURES_WIDTH, *_WIDTHS])
    precision, noise = (widths**-2)[blocks], 1.0
    for _ in range(_ROUNDS):
        covariance = np.linalg.inv(gram / noise + np.diag(precision))
        mean = covariance @ pull / noise
        determined = 1.0 - precision * np.diag(covariance)
        residual = max(square - 2.0 * float(mean @ pull) + float(mean @ gram @ mean), 1e-9)
        before, noise = noise, residual / max(n - float(determined.sum()), 1.0)
        learned = precision.copy()
        for block in range(1, len(widths)):
            mine = blocks == block
            if mine.any():
                count = float(np.clip(determined[mine], 0.0, 1.0).sum()) + _PRIOR_EFFECTS
                learned[mine] = count / (float((mean[mine] ** 2).sum()) + _PRIOR_EFFECTS * widths[block] ** 2)
        change = max(float(np.abs(np.log(learned / precision)).max()), abs(np.log(noise / before)))
        precision = learned
        if change < _TOLERANCE:
            break
    covariance = np.linalg.inv(gram / noise + np.diag(precision))
    return np.asarray(covariance @ pull / noise), np.asarray(covariance)
