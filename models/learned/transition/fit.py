"""Learns where customers go: course, trees, effects and calibration in turns.

Baseline and effects are fitted in turns: rows of every treatment teach the baseline, with what is known
of the effects taken out, so that it stands for doing nothing. Effects are kept only if rows that they were
not learned from show that there are any.

Method: DESIGN, section 5.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats, Mask
from models.domain.journey import Journey
from models.learned.transition.calibration import PhaseCalibration, fit_phase_calibration
from models.learned.transition.chain import fit_chain
from models.learned.transition.course import fit_course
from models.learned.transition.fit_rows import Rows, early_rows, known_rows, start_of
from models.learned.transition.model import TransitionModel
from models.learned.transition.proven_effects import effects_proven, with_effects, without_effects
from models.learned.trees.boosting import CHUNK, BoostingTask, Grower, tree_scores
from models.learned.trees.network import IN_THREADS, Network
from models.learned.trees.parameters import FeatureColumns, TreeLearner, TreeParameters
from models.learned.trees.trees import Trees

_PILOT_SHARE = 0.2  # of the baseline's rounds, to take the effects out before the real ones


def fit_transition(
    *,
    journey: Journey,
    spec: FeatureColumns,
    customer_x: AnyFloats,
    candidate_x: AnyFloats,
    phase: AnyInts,
    treatment: AnyInts,
    next_phase: AnyInts,
    customer: AnyInts,
    calibrate: Mask,
    parameters: TreeParameters,
    rng: np.random.Generator,
    learner: TreeLearner | None = None,
    at: AnyInts | None = None,
    network: Network = IN_THREADS,
) -> TransitionModel:
    """Learn from n decisions where customers go; works without a single one.

    Args:
        journey: phases, treatments and beliefs.
        spec: names and kinds of the features.
        customer_x: shape (N, F).
        candidate_x: shape (N, G). Of the treatment taken.
        phase: shape (n,). Phase at the decision.
        treatment: shape (n,). Taken; 0 is doing nothing.
        next_phase: shape (n,). Phase at the horizon; -1 where it is not known yet (not learned from).
        customer: shape (n,).
        calibrate: shape (n,). Rows of a later time: they stop the growing and calibrate. Not the test rows.
        parameters: sizes.
        rng: seeds LightGBM.
        learner: takes the place of course and trees; it starts from nothing, and it is always used.
        at: shape (n,). Where the features of the decisions stand; None: they are in order, and N is n.
        network: grows trees where ``parameters.networked``.
    """
    at = np.arange(len(phase)) if at is None else at
    known = known_rows(customer_x, at, phase, treatment, next_phase, customer, calibrate, len(journey.phases))
    early = early_rows(known)
    model = _untrained(journey, np.log(fit_chain(journey, early.phase, early.treatment, early.next_phase)))
    model = with_effects(model, journey, early)
    if _enough(early, parameters) and learner is None:
        model, known = _grown(model, journey, spec, known, parameters, rng, network)
    elif _enough(early, parameters) and learner is not None:
        model, known = _learned(model, journey, spec, known, learner, rng)
    later = known.take(known.later)
    model = _calibrated(model, later, parameters)
    if len(later) >= parameters.calibration_rows and not effects_proven(model, journey, known):
        return without_effects(model, journey, known)
    return _calibrated(with_effects(model, journey, known), later, parameters)


def _grown(
    model: TransitionModel,
    journey: Journey,
    spec: FeatureColumns,
    known: Rows,
    parameters: TreeParameters,
    rng: np.random.Generator,
    network: Network,
) -> tuple[TransitionModel, Rows]:
    """Course and trees, effects in turns with them; and the rows with what both say of them."""
    model, known = _with_course(model, spec, known)
    model = with_effects(model, journey, early_rows(known))
    classes = np.unique(early_rows(known).next_phase)
    taught = known.take(np.isin(known.next_phase, classes))
    grower = Grower(_task(spec, taught, classes), parameters, rng, network)
    rounds = max(1, round(parameters.baseline_iterations * _PILOT_SHARE))
    model, pilot = _with_trees(model, grower, known, classes, rounds, parameters, pilot=True)
    model = with_effects(model, journey, early_rows(pilot))
    model, known = _with_trees(
        model, grower, known, classes, parameters.baseline_iterations, parameters, pilot=False
    )
    return with_effects(model, journey, early_rows(known)), known


def _learned(
    model: TransitionModel,
    journey: Journey,
    spec: FeatureColumns,
    known: Rows,
    learner: TreeLearner,
    rng: np.random.Generator,
) -> tuple[TransitionModel, Rows]:
    """The model with what another learner made of the earlier rows; and the rows with what that says."""
    early = early_rows(known)
    classes = np.unique(early.next_phase)
    x = early.features(np.arange(len(early)))
    label = np.searchsorted(classes, early.next_phase)
    text = learner(x, label, scores=len(classes), categorical=spec.customer_categorical, rng=rng)
    added = np.zeros((len(known), len(model.chain)))
    added[:, classes] = tree_scores(Trees.from_model_string(text), known.features, np.arange(len(known)))
    calibration = replace(model.calibration, shift=np.zeros_like(model.chain))
    model = replace(model, trees_text=text, classes=classes, trees_alone=True, calibration=calibration)
    known = replace(known, trees=added)
    return with_effects(model, journey, early_rows(known)), known


def _enough(rows: Rows, parameters: TreeParameters) -> bool:
    moves = np.sum(rows.next_phase != rows.phase)
    several = len(np.unique(rows.next_phase)) > 1
    return bool(several and len(rows) >= parameters.minimum_rows and moves >= parameters.minimum_positives)


def _untrained(journey: Journey, chain: Floats) -> TransitionModel:
    phases, treatments = len(journey.phases), len(journey.treatments)
    nothing = np.zeros((phases, treatments, phases))
    return TransitionModel(
        chain=chain,
        effects=nothing,
        standard_errors=nothing,
        classes=np.empty(0, dtype=np.int64),
        calibration=PhaseCalibration(scale=1.0, shift=np.zeros((phases, phases))),
        trees_text=None,
    )


def _with_course(model: TransitionModel, spec: FeatureColumns, known: Rows) -> tuple[TransitionModel, Rows]:
    """The model with what features do in every phase alike, its effects taken out of every row."""
    early = early_rows(known)
    course = fit_course(
        spec=spec,
        customer_x=early.x,
        at=early.at,
        known=start_of(model, early) + model.effects[early.phase, early.treatment],
        phase=early.phase,
        next_phase=early.next_phase,
    )
    scores = [
        course.scores(known.features(chunk), known.phase[chunk])
        for chunk in np.array_split(np.arange(len(known)), 1 + len(known) // CHUNK)
    ]
    return replace(model, course=course), replace(known, course=np.concatenate(scores))


def _task(spec: FeatureColumns, rows: Rows, classes: AnyInts) -> BoostingTask:
    return BoostingTask(
        matrix=rows.features,
        names=spec.customer_names,
        categorical=spec.customer_categorical,
        label=np.searchsorted(classes, rows.next_phase),
        later=rows.later,
        customer=rows.customer,
        steady=True,
    )


def _with_trees(
    model: TransitionModel,
    grower: Grower,
    known: Rows,
    classes: AnyInts,
    iterations: int,
    parameters: TreeParameters,
    pilot: bool,
) -> tuple[TransitionModel, Rows]:
    """The model with its baseline grown anew, its effects taken out of every row; and the rows with what its
    trees say of them, those of a pilot only the rows that it was grown from."""
    taught = np.isin(known.next_phase, classes)
    start = (start_of(model, known) + model.effects[known.phase, known.treatment])[taught][:, classes]
    grown = grower.grow(
        start,
        iterations=iterations,
        leaves=parameters.baseline_leaves,
        watch=not pilot,
        most=parameters.pilot_rows if pilot else None,
    )
    if grown is None:
        return replace(model, trees_text=None, classes=classes), known
    model = replace(model, trees_text=grown.text, classes=classes)
    scores = np.full((len(known), len(model.chain)), np.nan)
    if len(classes) == len(model.chain):  # a constant a row is of no consequence
        scores[taught] = grown.scores
    if pilot and len(classes) == len(model.chain):
        seen = ~np.isnan(scores[:, 0])
        return model, replace(known.take(seen), trees=scores[seen])
    unseen = np.flatnonzero(np.isnan(scores[:, 0]))
    if len(unseen) and model.trees is not None:
        scores[unseen] = 0.0
        scores[np.ix_(unseen, classes)] = tree_scores(model.trees, known.features, unseen)
    return model, replace(known, trees=scores)


def _calibrated(model: TransitionModel, later: Rows, parameters: TreeParameters) -> TransitionModel:
    if len(later) < parameters.calibration_rows:
        return model
    correction = fit_phase_calibration(
        fixed=start_of(model, later) + model.effects[later.phase, later.treatment],
        learned=model.calibration.scale * later.trees,
        phase=later.phase,
        next_phase=later.next_phase,
        customer=later.customer,
    )
    shift = model.calibration.shift + correction.shift
    scale = model.calibration.scale * correction.scale
    return replace(model, calibration=PhaseCalibration(scale=scale, shift=shift))
