"""Response: the propensity of a treatment, P(positive outcome within the response window | customer).

Trees on customer and candidate features, started from the shrunk phase × treatment table and calibrated
on a later time; with too little data the table alone. Doing nothing is a treatment like any other: where
it was never followed by a positive outcome its propensity is exactly 0.

Knows features and labels; knows nothing of money or of which treatments are allowed.

Terms: docs/glossary.md. Method: DESIGN, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats, Mask
from models.domain.journey import Journey
from models.learned.files import array_bytes, json_bytes, read_array, read_json
from models.learned.response.calibration import IDENTITY, Knots, fit_knots, fit_shifts
from models.learned.response.tables import CellGrid, PropensityTable, fit_table
from models.learned.trees.boosting import BoostingTask, Grower, tree_scores
from models.learned.trees.parameters import FeatureColumns, TreeParameters
from models.learned.trees.trees import Trees
from models.statistics import NORMAL_90, share_interval

_LIMIT = 30.0  # log-odds beyond which a probability has no more bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Propensity:
    """Propensities of m candidates, shape (m,) each.

    ``low`` and ``high``: 90 % interval. ``evidence``: decisions that the estimate is worth, those it
    borrows from like treatments included.
    """

    value: Floats
    low: Floats
    high: Floats
    evidence: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class ResponseModel:
    """Fitted by ``fit_response``.

    Attributes:
        start: shape (P, T). Log-odds that the trees start from.
        shift: shape (P, T). Calibration of each phase and treatment, in log-odds.
        evidence: shape (P, T). Decisions that the estimate is worth.
        rows: shape (P, T). Decisions seen.
        knots: calibration of all.
        trees_text: LightGBM's text; None: the table speaks alone.
        nothing_responds: whether doing nothing was ever followed by a positive outcome.
    """

    start: Floats
    shift: Floats
    evidence: Floats
    rows: Floats
    knots: Knots
    trees_text: str | None
    nothing_responds: bool

    def propensity(
        self,
        *,
        customer_x: AnyFloats,
        candidate_x: AnyFloats,
        row: AnyInts,
        phase: AnyInts,
        treatment: AnyInts,
    ) -> Propensity:
        """Propensities of m candidates.

        Args:
            customer_x: shape (n, F). Customer features of n situations.
            candidate_x: shape (m, G). Candidate features.
            row: shape (m,). Situation of each candidate.
            phase: shape (n,). Phase codes.
            treatment: shape (m,). Treatment codes; 0 is doing nothing.
        """
        cell = phase[row] * self.start.shape[1] + treatment
        log_odds = self.knots.apply(self.score(customer_x, candidate_x, row, cell))
        log_odds += self.shift.take(cell)
        value = 1.0 / (1.0 + np.exp(-np.minimum(np.maximum(log_odds, -_LIMIT), _LIMIT)))
        if not self.nothing_responds:
            value[treatment == 0] = 0.0
        evidence = self.evidence.take(cell)
        low, high = score_interval(value, evidence)
        return Propensity(value=value, low=low, high=high, evidence=evidence)

    def score(self, customer_x: AnyFloats, candidate_x: AnyFloats, row: AnyInts, cell: AnyInts) -> Floats:
        """Log-odds before calibration, shape (m,); ``cell``: shape (m,), phase · T + treatment."""
        start = self.start.take(cell)
        if self.trees is None:
            return start
        return np.asarray(start + self.trees.raw_scores_split(customer_x, candidate_x, row))

    @cached_property
    def trees(self) -> Trees | None:
        return None if self.trees_text is None else Trees.from_model_string(self.trees_text)

    def to_files(self) -> dict[str, bytes]:
        """The model as files; the same model gives the same bytes."""
        files = {
            "response.json": json_bytes({"nothing_responds": self.nothing_responds}),
            "response_table.npy": array_bytes(np.stack((self.start, self.shift, self.evidence, self.rows))),
            "response_knots.npy": array_bytes(np.stack((self.knots.score, self.knots.log_odds))),
        }
        if self.trees_text is not None:
            files["response_trees.txt"] = self.trees_text.encode()
        return files

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> ResponseModel:
        """What ``to_files`` gave; BundleError if a file is missing or of another kind."""
        table, knots = read_array(files, "response_table.npy"), read_array(files, "response_knots.npy")
        text = files.get("response_trees.txt")
        return cls(
            start=table[0],
            shift=table[1],
            evidence=table[2],
            rows=table[3],
            knots=Knots(knots[0], knots[1]),
            trees_text=None if text is None else text.decode(),
            nothing_responds=bool(read_json(files, "response.json")["nothing_responds"]),
        )


def fit_response(
    *,
    journey: Journey,
    spec: FeatureColumns,
    customer_x: AnyFloats,
    candidate_x: AnyFloats,
    phase: AnyInts,
    treatment: AnyInts,
    response: AnyInts,
    decided_at: AnyInts,
    customer: AnyInts,
    calibrate: Mask,
    parameters: TreeParameters,
    rng: np.random.Generator,
) -> ResponseModel:
    """Learn propensities from n decisions; works without a single one.

    Args:
        journey: phases, treatments and beliefs.
        spec: names and kinds of the features.
        customer_x: shape (n, F).
        candidate_x: shape (n, G). Of the treatment taken.
        phase: shape (n,). Phase at the decision.
        treatment: shape (n,). Taken; 0 is doing nothing.
        response: shape (n,). 1: a positive outcome within the window, else 0.
        decided_at: shape (n,). Milliseconds since 1970 UTC.
        customer: shape (n,).
        calibrate: shape (n,). Rows of a later time: they calibrate and stop the growing, and are
            neither in the trees nor in the table that the trees start from. Not the test rows.
        parameters: sizes.
        rng: seeds LightGBM.
    """
    nothing_responds = bool(((treatment == 0) & (response > 0)).any())
    taught = np.ones(len(phase), dtype=bool) if nothing_responds else treatment != 0
    everything = _all_rows(journey, phase, treatment, response, taught)
    model = _table_alone(everything, nothing_responds)
    at = np.flatnonzero(taught)
    rows = _Rows(
        customer_x, candidate_x, at, phase[at], treatment[at], response[at], customer[at], calibrate[at]
    )
    early = ~rows.later
    if early.sum() < parameters.minimum_rows or rows.response[early].sum() < parameters.minimum_positives:
        return model
    model, added = _with_trees(model, journey, spec, rows, parameters, rng)
    late = np.flatnonzero(rows.later)
    if model.trees is None or len(late) < parameters.calibration_rows:
        return model
    return _calibrated(model, journey, rows, late, added[late])


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """n decisions to learn from. Features of all: (N, F), (N, G); ``at``: shape (n,), positions in them."""

    customer_x: AnyFloats
    candidate_x: AnyFloats
    at: AnyInts
    phase: AnyInts
    treatment: AnyInts
    response: AnyInts
    customer: AnyInts
    later: Mask

    def features(self, rows: AnyInts) -> AnyFloats:
        """Shape (k, F + G), of the rows at some positions."""
        at = self.at[rows]
        return np.hstack((self.customer_x[at], self.candidate_x[at]))


def _all_rows(
    journey: Journey, phase: AnyInts, treatment: AnyInts, response: AnyInts, taught: Mask
) -> PropensityTable:
    """The table of all rows; do-nothing rows that cannot respond count, but teach nobody else."""
    table = fit_table(
        journey=journey, phase=phase[taught], treatment=treatment[taught], response=response[taught]
    )
    if taught.all():
        return table
    seen = np.bincount(phase[~taught], minlength=len(journey.phases)).astype(np.float64)
    rows, evidence = table.rows.copy(), table.evidence.copy()
    rows[:, 0], evidence[:, 0] = seen, seen
    return replace(table, rows=rows, evidence=evidence)


def _table_alone(table: PropensityTable, nothing_responds: bool) -> ResponseModel:
    return ResponseModel(
        start=table.log_odds,
        shift=np.zeros_like(table.log_odds),
        evidence=table.evidence,
        rows=table.rows,
        knots=IDENTITY,
        trees_text=None,
        nothing_responds=nothing_responds,
    )


def _with_trees(
    model: ResponseModel,
    journey: Journey,
    spec: FeatureColumns,
    rows: _Rows,
    parameters: TreeParameters,
    rng: np.random.Generator,
) -> tuple[ResponseModel, Floats]:
    """The model with trees, started from the table of the earlier rows, and what they add to each row's
    score; unchanged, and nan, if they prove nothing."""
    early = ~rows.later
    table = fit_table(
        journey=journey,
        phase=rows.phase[early],
        treatment=rows.treatment[early],
        response=rows.response[early],
    )
    shared = len(spec.customer_names)
    task = BoostingTask(
        matrix=rows.features,
        names=(*spec.customer_names, *spec.candidate_names),
        categorical=(*spec.customer_categorical, *(shared + c for c in spec.candidate_categorical)),
        label=rows.response,
        later=rows.later,
        customer=rows.customer,
    )
    grown = Grower(task, parameters, rng).grow(
        table.log_odds[rows.phase, rows.treatment],
        iterations=parameters.response_iterations,
        leaves=parameters.response_leaves,
    )
    if grown is None:
        return model, np.full(len(rows.at), np.nan)
    return replace(model, start=table.log_odds, trees_text=grown.text), grown.scores


def _calibrated(
    model: ResponseModel, journey: Journey, rows: _Rows, late: AnyInts, added: Floats
) -> ResponseModel:
    """The model with its curve and shifts fitted on later rows; ``added``: what trees say of them, or nan."""
    unseen = np.isnan(added)
    if unseen.any() and model.trees is not None:
        added = added.copy()
        added[unseen] = tree_scores(model.trees, rows.features, late[unseen])
    phase, treatment, response = rows.phase[late], rows.treatment[late], rows.response[late]
    score = model.start[phase, treatment] + added
    knots = fit_knots(score, response)
    shift = fit_shifts(
        CellGrid(journey), score=knots.apply(score), phase=phase, treatment=treatment, label=response
    )
    return replace(model, knots=knots, shift=shift.log_odds.reshape(model.start.shape))


def score_interval(value: Floats, evidence: Floats) -> tuple[Floats, Floats]:
    """90 % score interval of propensities with ``evidence`` decisions behind them, shape (m,) each.

    Nothing can happen where the propensity is exactly 0.
    """
    low, high = share_interval(value, evidence, NORMAL_90)
    high[value == 0.0] = 0.0
    return low, high
