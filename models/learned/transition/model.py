"""Transition: where a customer will be at the horizon, and what a treatment changes in that.

Three stages added up on the log-odds of the next phase:

1. baseline: the course of this customer when nothing is done; the smoothed phase chain, what features do
   in every phase alike (``course.py``), and trees started from both; scored once a customer, not once a
   candidate;
2. effects: an offset per (phase, treatment, next phase), see ``models/learned/transition/effects.py``;
3. calibration on later rows, kept only where it lowers the log-loss there; and effects are kept only if
   later rows show that there are any.

Baseline and effects are fitted in turns: rows of every treatment teach the baseline, with what is known
of the effects taken out, so that it stands for doing nothing. Knows features and phases; knows nothing of
money.

Terms: docs/glossary.md. Method: DESIGN, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats, Mask
from models.domain.journey import Journey
from models.learned.files import array_bytes, json_bytes, read_array, read_json
from models.learned.transition.calibration import PhaseCalibration, fit_level, fit_phase_calibration
from models.learned.transition.chain import fit_chain
from models.learned.transition.course import Course, fit_course
from models.learned.transition.effects import Effects, fit_effects, softmax
from models.learned.trees.boosting import CHUNK, BoostingTask, Grower, tree_scores
from models.learned.trees.parameters import FeatureColumns, TreeParameters
from models.learned.trees.trees import Trees
from models.statistics import JUDGED_90

_LIKELY = 1.0  # the same of customers left out, where luck is far below nought
_PILOT_SHARE = 0.2  # of the baseline's rounds, to take the effects out before the real ones


@dataclass(frozen=True, eq=False, kw_only=True)
class TransitionModel:
    """Fitted by ``fit_transition``.

    Attributes:
        chain: shape (P, P). Log of the smoothed P(next phase | phase) when nothing is done.
        effects: shape (P, T, P). Log-odds offsets of treatments, relative to doing nothing.
        standard_errors: shape (P, T, P). Of the effects.
        classes: shape (K,). Next phases that the trees score; the others stay with the chain.
        calibration: what later rows corrected.
        course: what features do in every phase alike; None with too few rows.
        trees_text: LightGBM's text; None: the chain speaks alone.
    """

    chain: Floats
    effects: Floats
    standard_errors: Floats
    classes: AnyInts
    calibration: PhaseCalibration
    trees_text: str | None
    course: Course | None = None

    def baseline(self, customer_x: AnyFloats, phase: AnyInts) -> Floats:
        """Log-odds of the next phase when nothing is done: shape (n, P), once a customer."""
        logits = self.start(customer_x, phase)
        if self.trees is not None:
            logits[:, self.classes] += self.calibration.scale * self.trees.raw_scores(customer_x)
        return np.asarray(logits)

    def start(self, customer_x: AnyFloats, phase: AnyInts) -> Floats:
        """The baseline without its trees: shape (n, P)."""
        logits = self.chain[phase] + self.calibration.shift[phase]
        return np.asarray(logits if self.course is None else logits + self.course.scores(customer_x, phase))

    def probabilities(self, baseline: Floats, row: AnyInts, phase: AnyInts, treatment: AnyInts) -> Floats:
        """P(phase at the horizon) of m candidates: shape (m, P), rows sum to one.

        Args:
            baseline: shape (n, P). From ``baseline``.
            row: shape (m,). Situation of each candidate.
            phase: shape (n,). Phase of each situation.
            treatment: shape (m,).
        """
        return softmax(baseline[row] + self.effects[phase[row], treatment])

    @cached_property
    def trees(self) -> Trees | None:
        return None if self.trees_text is None else Trees.from_model_string(self.trees_text)

    def to_files(self) -> dict[str, bytes]:
        """The model as files; the same model gives the same bytes."""
        files = {
            "transition.json": json_bytes(
                {
                    "classes": [int(c) for c in self.classes],
                    "scale": self.calibration.scale,
                    "course": None if self.course is None else self.course.to_json(),
                }
            ),
            "transition_chain.npy": array_bytes(np.stack((self.chain, self.calibration.shift))),
            "transition_effects.npy": array_bytes(np.stack((self.effects, self.standard_errors))),
        }
        if self.trees_text is not None:
            files["transition_trees.txt"] = self.trees_text.encode()
        return files

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> TransitionModel:
        """What ``to_files`` gave; BundleError if a file is missing or of another kind."""
        settings = read_json(files, "transition.json")
        chain, effects = (
            read_array(files, "transition_chain.npy"),
            read_array(files, "transition_effects.npy"),
        )
        text, course = files.get("transition_trees.txt"), settings.get("course")
        return cls(
            chain=chain[0],
            effects=effects[0],
            standard_errors=effects[1],
            classes=np.array(settings["classes"], dtype=np.int64),
            calibration=PhaseCalibration(scale=float(settings["scale"]), shift=chain[1]),
            trees_text=None if text is None else text.decode(),
            course=None if course is None else Course.from_json(course, len(chain[0])),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """n decisions with a known next phase, and what the baseline's parts say of them.

    Attributes:
        x: shape (N, F). The features of all.
        at: shape (n,). Positions in ``x``.
        course, trees: shape (n, P). What these parts of the model add to the log-odds; zeros before there
            are any. Kept, because every step of the fit asks for them.
    """

    x: AnyFloats
    at: AnyInts
    phase: AnyInts
    treatment: AnyInts
    next_phase: AnyInts
    customer: AnyInts
    later: Mask
    course: Floats
    trees: Floats

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: Mask) -> _Rows:
        kept = {f.name: getattr(self, f.name) for f in fields(self)}
        return _Rows(**{name: each if name == "x" else each[rows] for name, each in kept.items()})

    def features(self, rows: AnyInts) -> AnyFloats:
        """Shape (k, F), of the rows at some positions."""
        return self.x[self.at[rows]]


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
    decided_at: AnyInts,
    calibrate: Mask,
    parameters: TreeParameters,
    rng: np.random.Generator,
) -> TransitionModel:
    """Learn from n decisions where customers go; works without a single one.

    Args:
        journey: phases, treatments and beliefs.
        spec: names and kinds of the features.
        customer_x: shape (n, F).
        candidate_x: shape (n, G). Of the treatment taken.
        phase: shape (n,). Phase at the decision.
        treatment: shape (n,). Taken; 0 is doing nothing.
        next_phase: shape (n,). Phase at the horizon; -1 where it is not known yet (not learned from).
        customer: shape (n,).
        decided_at: shape (n,). Milliseconds since 1970 UTC.
        calibrate: shape (n,). Rows of a later time: they stop the growing and calibrate. Not the test rows.
        parameters: sizes.
        rng: seeds LightGBM.
    """
    known = _rows(customer_x, phase, treatment, next_phase, customer, calibrate, len(journey.phases))
    early = _early(known)
    model = _untrained(journey, np.log(fit_chain(journey, early.phase, early.treatment, early.next_phase)))
    model = _with_effects(model, journey, early)
    if _enough(early, parameters):
        model, known = _grown(model, journey, spec, known, parameters, rng)
    later = known.take(known.later)
    model = _calibrated(model, later, parameters)
    if len(later) >= parameters.calibration_rows and not _proven(model, journey, known):
        return _without_effects(model, journey, known)
    return _calibrated(_with_effects(model, journey, known), later, parameters)


def _rows(
    x: AnyFloats,
    phase: AnyInts,
    treatment: AnyInts,
    next_phase: AnyInts,
    customer: AnyInts,
    later: Mask,
    phases: int,
) -> _Rows:
    at = np.flatnonzero(next_phase >= 0)
    nothing = np.zeros((len(at), phases))
    return _Rows(x, at, phase[at], treatment[at], next_phase[at], customer[at], later[at], nothing, nothing)


def _early(known: _Rows) -> _Rows:
    return known if known.later.all() else known.take(~known.later)


def _grown(
    model: TransitionModel,
    journey: Journey,
    spec: FeatureColumns,
    known: _Rows,
    parameters: TreeParameters,
    rng: np.random.Generator,
) -> tuple[TransitionModel, _Rows]:
    """Course and trees, effects in turns with them; and the rows with what both say of them."""
    model, known = _with_course(model, spec, known)
    model = _with_effects(model, journey, _early(known))
    classes = np.unique(_early(known).next_phase)
    grower = _grower(spec, known.take(np.isin(known.next_phase, classes)), classes, parameters, rng)
    rounds = max(1, round(parameters.baseline_iterations * _PILOT_SHARE))
    model, pilot = _with_trees(model, grower, known, classes, rounds, parameters, pilot=True)
    model = _with_effects(model, journey, _early(pilot))
    model, known = _with_trees(
        model, grower, known, classes, parameters.baseline_iterations, parameters, pilot=False
    )
    return _with_effects(model, journey, _early(known)), known


def _enough(rows: _Rows, parameters: TreeParameters) -> bool:
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


def _with_effects(model: TransitionModel, journey: Journey, rows: _Rows) -> TransitionModel:
    """The model with the effects fitted anew, its baseline first set right on do-nothing rows."""
    model, variance = _levelled(model, rows.take(rows.treatment == 0))
    effects: Effects = fit_effects(
        journey=journey,
        baseline=_baseline(model, rows),
        chain=np.exp(model.chain),
        phase=rows.phase,
        treatment=rows.treatment,
        next_phase=rows.next_phase,
    )
    error = np.sqrt(effects.standard_error**2 + variance[:, None])
    error[:, 0] = 0.0
    return replace(model, effects=effects.offset, standard_errors=error)


def _without_effects(model: TransitionModel, journey: Journey, rows: _Rows) -> TransitionModel:
    """The model with the effects that the journey file believes in and no others; every row teaches the
    baseline."""
    none = rows.take(np.zeros(len(rows.phase), dtype=bool))
    believed = _with_effects(model, journey, none)
    beliefs = believed.effects[rows.phase, rows.treatment]
    level, _ = fit_level(
        logits=_baseline(model, rows) + beliefs, phase=rows.phase, next_phase=rows.next_phase
    )
    shift = model.calibration.shift + level
    return replace(believed, calibration=replace(model.calibration, shift=shift))


def _proven(model: TransitionModel, journey: Journey, known: _Rows) -> bool:
    """Whether effects tell more than no effects do, of rows that they were not learned from.

    Where nothing works, the best of many effects is still a lucky one; without this, luck would be acted on.
    Asked of later rows first. They are few, and real effects can miss there by chance (once in five logs of
    5,000 journeys with misread phases); then each half of the customers is asked about the other half. Where
    nothing works that gain is several standard errors below nought, so one above it is no luck.
    """
    early, later = _early(known), known.take(known.later)
    if _standard_errors(_gain(model, journey, early, later), later.customer) > JUDGED_90:
        return True
    half = np.unique(known.customer, return_inverse=True)[1] % 2 == 0
    gain = np.empty(len(known))
    for asked in (half, ~half):
        gain[asked] = _gain(model, journey, known.take(~asked), known.take(asked))
    return _standard_errors(gain, known.customer) > _LIKELY


def _gain(model: TransitionModel, journey: Journey, learned: _Rows, asked: _Rows) -> Floats:
    """Log-likelihood of each row that effects from ``learned`` add, shape (n,)."""
    with_effects = _log_likelihood(_with_effects(model, journey, learned), asked)
    return with_effects - _log_likelihood(_without_effects(model, journey, learned), asked)


def _standard_errors(gain: Floats, customer: AnyInts) -> float:
    """The sum of ``gain`` in its standard errors, by customer."""
    of_customer = np.bincount(np.unique(customer, return_inverse=True)[1], weights=gain)
    return float(gain.sum() / np.sqrt(max((of_customer**2).sum(), 1e-300)))


def _log_likelihood(model: TransitionModel, rows: _Rows) -> Floats:
    """Of each row, shape (n,)."""
    each = np.arange(len(rows.phase))
    chance = model.probabilities(_baseline(model, rows), each, rows.phase, rows.treatment)
    return np.asarray(np.log(np.maximum(chance[each, rows.next_phase], 1e-300)))


def _levelled(model: TransitionModel, nothing: _Rows) -> tuple[TransitionModel, Floats]:
    """The model set right on do-nothing rows, and how sure that is: variance of shape (P, P)."""
    level, variance = fit_level(
        logits=_baseline(model, nothing), phase=nothing.phase, next_phase=nothing.next_phase
    )
    shift = model.calibration.shift + level
    return replace(model, calibration=replace(model.calibration, shift=shift)), variance


def _start(model: TransitionModel, rows: _Rows) -> Floats:
    """``model.start`` of rows that know what the course says of them."""
    return np.asarray(model.chain[rows.phase] + model.calibration.shift[rows.phase] + rows.course)


def _baseline(model: TransitionModel, rows: _Rows) -> Floats:
    """``model.baseline`` of rows that know what course and trees say of them."""
    return _start(model, rows) + model.calibration.scale * rows.trees


def _with_course(model: TransitionModel, spec: FeatureColumns, known: _Rows) -> tuple[TransitionModel, _Rows]:
    """The model with what features do in every phase alike, its effects taken out of every row."""
    early = _early(known)
    course = fit_course(
        spec=spec,
        customer_x=early.x,
        at=early.at,
        known=_start(model, early) + model.effects[early.phase, early.treatment],
        phase=early.phase,
        next_phase=early.next_phase,
    )
    scores = [
        course.scores(known.features(chunk), known.phase[chunk])
        for chunk in np.array_split(np.arange(len(known)), 1 + len(known) // CHUNK)
    ]
    return replace(model, course=course), replace(known, course=np.concatenate(scores))


def _grower(
    spec: FeatureColumns, rows: _Rows, classes: AnyInts, parameters: TreeParameters, rng: np.random.Generator
) -> Grower:
    task = BoostingTask(
        matrix=rows.features,
        names=spec.customer_names,
        categorical=spec.customer_categorical,
        label=np.searchsorted(classes, rows.next_phase),
        later=rows.later,
        customer=rows.customer,
        steady=True,
    )
    return Grower(task, parameters, rng)


def _with_trees(
    model: TransitionModel,
    grower: Grower,
    known: _Rows,
    classes: AnyInts,
    iterations: int,
    parameters: TreeParameters,
    pilot: bool,
) -> tuple[TransitionModel, _Rows]:
    """The model with its baseline grown anew, its effects taken out of every row; and the rows with what its
    trees say of them, those of a pilot only the rows that it was grown from."""
    taught = np.isin(known.next_phase, classes)
    start = (_start(model, known) + model.effects[known.phase, known.treatment])[taught][:, classes]
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


def _calibrated(model: TransitionModel, later: _Rows, parameters: TreeParameters) -> TransitionModel:
    if len(later) < parameters.calibration_rows:
        return model
    found = fit_phase_calibration(
        fixed=_start(model, later) + model.effects[later.phase, later.treatment],
        learned=model.calibration.scale * later.trees,
        phase=later.phase,
        next_phase=later.next_phase,
        customer=later.customer,
    )
    shift = model.calibration.shift + found.shift
    scale = model.calibration.scale * found.scale
    return replace(model, calibration=PhaseCalibration(scale=scale, shift=shift))
