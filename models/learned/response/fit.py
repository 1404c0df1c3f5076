"""Learns propensities.

Trees start from the shrunk table and are calibrated on a later time. With too little data the table speaks
alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats, Mask
from models.domain.journey import Journey
from models.learned.response.calibration import IDENTITY
from models.learned.response.fit_calibration import fit_knots, fit_shifts
from models.learned.response.model import ResponseModel
from models.learned.response.tables import CellGrid, PropensityTable, fit_table
from models.learned.trees.boosting import BoostingTask, Grower, tree_scores
from models.learned.trees.network import IN_THREADS, Network
from models.learned.trees.parameters import FeatureColumns, TreeLearner, TreeParameters


def fit_response(
    *,
    journey: Journey,
    spec: FeatureColumns,
    customer_x: AnyFloats,
    candidate_x: AnyFloats,
    phase: AnyInts,
    treatment: AnyInts,
    response: AnyInts,
    customer: AnyInts,
    calibrate: Mask,
    parameters: TreeParameters,
    rng: np.random.Generator,
    learner: TreeLearner | None = None,
    at: AnyInts | None = None,
    network: Network = IN_THREADS,
    weight: Floats | None = None,
) -> ResponseModel:
    """Learn propensities from n decisions; works without a single one.

    Args:
        journey: phases, treatments and beliefs.
        spec: names and kinds of the features.
        customer_x: shape (N, F).
        candidate_x: shape (N, G). Of the treatment taken.
        phase: shape (n,). Phase at the decision.
        treatment: shape (n,). Taken; 0 is doing nothing.
        response: shape (n,). 1: a positive outcome within the window, else 0.
        customer: shape (n,).
        calibrate: shape (n,). Rows of a later time: they calibrate and stop the growing, and are
            neither in the trees nor in the table that the trees start from. Not the test rows.
        parameters: sizes.
        rng: seeds LightGBM.
        learner: takes the place of our trees; it starts from nothing, and what it learned is always used.
        at: shape (n,). Where the features of the decisions stand; None: they are in order, and N is n.
        network: grows trees where ``parameters.networked``.
        weight: shape (n,). How much each decision counts, above 0; None: all alike.
    """
    at = np.arange(len(phase)) if at is None else at
    nothing_responds = bool(((treatment == 0) & (response > 0)).any())
    taught = np.ones(len(phase), dtype=bool) if nothing_responds else treatment != 0
    everything = _all_rows(journey, phase, treatment, response, taught, weight)
    model = _table_alone(everything, nothing_responds)
    use = np.flatnonzero(taught)
    rows = _Rows(
        customer_x,
        candidate_x,
        at[use],
        phase[use],
        treatment[use],
        response[use],
        customer[use],
        calibrate[use],
        None if weight is None else weight[use],
    )
    early = ~rows.later
    if early.sum() < parameters.minimum_rows or rows.response[early].sum() < parameters.minimum_positives:
        return model
    if learner is None:
        model, added = _with_trees(model, journey, spec, rows, parameters, rng, network)
    else:
        model, added = _learned(model, journey, spec, rows, learner, rng)
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
    weight: Floats | None

    def weights(self, rows: AnyInts | Mask) -> Floats | None:
        """Of the rows at some positions."""
        return None if self.weight is None else self.weight[rows]

    def features(self, rows: AnyInts) -> AnyFloats:
        """Shape (k, F + G), of the rows at some positions."""
        at = self.at[rows]
        return np.hstack((self.customer_x[at], self.candidate_x[at]))


def _all_rows(
    journey: Journey,
    phase: AnyInts,
    treatment: AnyInts,
    response: AnyInts,
    taught: Mask,
    weight: Floats | None,
) -> PropensityTable:
    """The table of all rows; do-nothing rows that cannot respond count, but teach nobody else."""
    table = fit_table(
        journey=journey,
        phase=phase[taught],
        treatment=treatment[taught],
        response=response[taught],
        weight=None if weight is None else weight[taught],
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
    network: Network,
) -> tuple[ResponseModel, Floats]:
    """The model with trees, started from the table of the earlier rows, and what they add to each row's
    score; unchanged, and nan, if they prove nothing."""
    table = _early_table(journey, rows)
    task = BoostingTask(
        matrix=rows.features,
        names=(*spec.customer_names, *spec.candidate_names),
        categorical=_categorical(spec),
        label=rows.response,
        later=rows.later,
        customer=rows.customer,
        weight=rows.weight,
    )
    grown = Grower(task, parameters, rng, network).grow(
        table.log_odds[rows.phase, rows.treatment],
        iterations=parameters.response_iterations,
        leaves=parameters.response_leaves,
    )
    if grown is None:
        return model, np.full(len(rows.at), np.nan)
    return replace(model, start=table.log_odds, trees_text=grown.text), grown.scores


def _learned(
    model: ResponseModel,
    journey: Journey,
    spec: FeatureColumns,
    rows: _Rows,
    learner: TreeLearner,
    rng: np.random.Generator,
) -> tuple[ResponseModel, Floats]:
    """The model with what another learner made of the earlier rows, and nan for each row's score."""
    early, unseen = np.flatnonzero(~rows.later), np.full(len(rows.at), np.nan)
    if len(np.unique(rows.response[early])) < 2:
        return model, unseen
    text = learner(
        rows.features(early),
        rows.response[early],
        scores=1,
        categorical=_categorical(spec),
        rng=rng,
        weight=rows.weights(early),
    )
    start = _early_table(journey, rows).log_odds
    return replace(model, start=start, trees_text=text, trees_alone=True), unseen


def _early_table(journey: Journey, rows: _Rows) -> PropensityTable:
    early = ~rows.later
    return fit_table(
        journey=journey,
        phase=rows.phase[early],
        treatment=rows.treatment[early],
        response=rows.response[early],
        weight=rows.weights(early),
    )


def _categorical(spec: FeatureColumns) -> tuple[int, ...]:
    shared = len(spec.customer_names)
    return (*spec.customer_categorical, *(shared + c for c in spec.candidate_categorical))


def _calibrated(
    model: ResponseModel, journey: Journey, rows: _Rows, late: AnyInts, added: Floats
) -> ResponseModel:
    """The model with its curve and shifts fitted on later rows; ``added``: what trees say of them, or nan."""
    unseen = np.isnan(added)
    if unseen.any() and model.trees is not None:
        added = added.copy()
        added[unseen] = tree_scores(model.trees, rows.features, late[unseen])
    phase, treatment, response = rows.phase[late], rows.treatment[late], rows.response[late]
    score = model.before_trees(phase * model.start.shape[1] + treatment) + added
    weight = rows.weights(late)
    knots = fit_knots(score, response, weight)
    shift = fit_shifts(
        CellGrid(journey),
        score=knots.apply(score),
        phase=phase,
        treatment=treatment,
        label=response,
        weight=weight,
    )
    return replace(model, knots=knots, shift=shift.log_odds.reshape(model.start.shape))
