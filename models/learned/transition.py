"""Transition: where a customer will be at the horizon, and what a treatment changes in that.

Three stages added up on the log-odds of the next phase:

1. baseline: the course of this customer when nothing is done; the smoothed phase chain, what features do
   in every phase alike (``course.py``), and trees started from both; scored once a customer, not once a
   candidate;
2. effects: an offset per (phase, treatment, next phase), see ``models/learned/effects.py``;
3. calibration on later rows, kept only where it lowers the log-loss there; and effects are kept only if
   later rows show that there are any.

Baseline and effects are fitted in turns: rows of every treatment teach the baseline, with what is known
of the effects taken out, so that it stands for doing nothing. Knows features and phases; knows nothing of
money.

Terms: docs/glossary.md. Method: DESIGN, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.domain.journey import Journey
from models.learned.boosting import BoostingTask, grow
from models.learned.course import Course, fit_course
from models.learned.effects import Effects, fit_effects, softmax
from models.learned.files import array_bytes, json_bytes, read_array, read_json
from models.learned.parameters import Codes, FeatureColumns, Features, Floats, Mask, TreeParameters
from models.learned.phase_calibration import PhaseCalibration, fit_level, fit_phase_calibration
from models.learned.phase_chain import fit_chain
from models.learned.trees import Trees

_PROVEN = 1.645  # standard errors by which effects must help on later rows
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
    classes: Codes
    calibration: PhaseCalibration
    trees_text: str | None
    course: Course | None = None

    def baseline(self, customer_x: Features, phase: Codes) -> Floats:
        """Log-odds of the next phase when nothing is done: shape (n, P), once a customer."""
        logits = self.start(customer_x, phase)
        if self.trees is not None:
            logits[:, self.classes] += self.calibration.scale * self.trees.raw_scores(customer_x)
        return np.asarray(logits)

    def start(self, customer_x: Features, phase: Codes) -> Floats:
        """The baseline without its trees: shape (n, P)."""
        logits = self.chain[phase] + self.calibration.shift[phase]
        return np.asarray(logits if self.course is None else logits + self.course.scores(customer_x, phase))

    def probabilities(self, baseline: Floats, row: Codes, phase: Codes, treatment: Codes) -> Floats:
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
    """Decisions with a known next phase."""

    x: Features
    phase: Codes
    treatment: Codes
    next_phase: Codes
    customer: Codes
    later: Mask

    def take(self, rows: Mask) -> _Rows:
        return _Rows(
            self.x[rows],
            self.phase[rows],
            self.treatment[rows],
            self.next_phase[rows],
            self.customer[rows],
            self.later[rows],
        )


def fit_transition(
    *,
    journey: Journey,
    spec: FeatureColumns,
    customer_x: Features,
    candidate_x: Features,
    phase: Codes,
    treatment: Codes,
    next_phase: Codes,
    customer: Codes,
    decided_at: Codes,
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
    known = _Rows(customer_x, phase, treatment, next_phase, customer, calibrate).take(next_phase >= 0)
    early = known.take(~known.later) if not known.later.all() else known
    chain = np.log(fit_chain(journey, early.phase, early.treatment, early.next_phase))
    model = _untrained(journey, chain)
    model = _with_effects(model, journey, early)
    if _enough(early, parameters):
        classes = np.unique(early.next_phase)
        model = _with_effects(_with_course(model, spec, early), journey, early)
        pilot = replace(parameters, early_stopping_rounds=0)
        rounds = max(1, round(parameters.baseline_iterations * _PILOT_SHARE))
        model = _with_effects(_with_trees(model, spec, early, classes, rounds, pilot, rng), journey, early)
        model = _with_trees(model, spec, known, classes, parameters.baseline_iterations, parameters, rng)
        model = _with_effects(model, journey, early)
    later = known.take(known.later)
    model = _calibrated(model, later, parameters)
    if len(later.phase) >= parameters.calibration_rows and not _proven(model, journey, early, later):
        return _without_effects(model, journey, known)
    return _with_effects(model, journey, known)


def _enough(rows: _Rows, parameters: TreeParameters) -> bool:
    moves = np.sum(rows.next_phase != rows.phase)
    several = len(np.unique(rows.next_phase)) > 1
    return bool(
        several and len(rows.phase) >= parameters.minimum_rows and moves >= parameters.minimum_positives
    )


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
        baseline=model.baseline(rows.x, rows.phase),
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
        logits=model.baseline(rows.x, rows.phase) + beliefs, phase=rows.phase, next_phase=rows.next_phase
    )
    shift = model.calibration.shift + level
    return replace(believed, calibration=replace(model.calibration, shift=shift))


def _proven(model: TransitionModel, journey: Journey, early: _Rows, later: _Rows) -> bool:
    """Whether effects learned from earlier rows tell more of later ones than no effects do, beyond chance.

    Where nothing works, the best of many effects is still a lucky one; without this, luck would be acted on.
    """
    gain = _log_likelihood(_with_effects(model, journey, early), later)
    gain -= _log_likelihood(_without_effects(model, journey, early), later)
    of_customer = np.bincount(np.unique(later.customer, return_inverse=True)[1], weights=gain)
    return bool(gain.sum() > _PROVEN * np.sqrt((of_customer**2).sum()))


def _log_likelihood(model: TransitionModel, rows: _Rows) -> Floats:
    """Of each row, shape (n,)."""
    each = np.arange(len(rows.phase))
    chance = model.probabilities(model.baseline(rows.x, rows.phase), each, rows.phase, rows.treatment)
    return np.asarray(np.log(np.maximum(chance[each, rows.next_phase], 1e-300)))


def _levelled(model: TransitionModel, nothing: _Rows) -> tuple[TransitionModel, Floats]:
    """The model set right on do-nothing rows, and how sure that is: variance of shape (P, P)."""
    level, variance = fit_level(
        logits=model.baseline(nothing.x, nothing.phase), phase=nothing.phase, next_phase=nothing.next_phase
    )
    shift = model.calibration.shift + level
    return replace(model, calibration=replace(model.calibration, shift=shift)), variance


def _with_course(model: TransitionModel, spec: FeatureColumns, rows: _Rows) -> TransitionModel:
    """The model with what features do in every phase alike, its effects taken out of every row."""
    known = model.start(rows.x, rows.phase) + model.effects[rows.phase, rows.treatment]
    course = fit_course(
        spec=spec, customer_x=rows.x, known=known, phase=rows.phase, next_phase=rows.next_phase
    )
    return replace(model, course=course)


def _with_trees(
    model: TransitionModel,
    spec: FeatureColumns,
    rows: _Rows,
    classes: Codes,
    iterations: int,
    parameters: TreeParameters,
    rng: np.random.Generator,
) -> TransitionModel:
    """The model with its baseline grown anew, its effects taken out of every row."""
    rows = rows.take(np.isin(rows.next_phase, classes))
    start = (model.start(rows.x, rows.phase) + model.effects[rows.phase, rows.treatment])[:, classes]
    task = BoostingTask(
        features=rows.x,
        names=spec.customer_names,
        categorical=spec.customer_categorical,
        label=np.searchsorted(classes, rows.next_phase),
        start=start,
        later=rows.later,
    )
    text = grow(
        task, iterations=iterations, leaves=parameters.baseline_leaves, parameters=parameters, rng=rng
    )
    return replace(model, trees_text=text, classes=classes)


def _calibrated(model: TransitionModel, later: _Rows, parameters: TreeParameters) -> TransitionModel:
    if len(later.phase) < parameters.calibration_rows:
        return model
    plain = model.baseline(later.x, later.phase)
    fixed = model.start(later.x, later.phase)
    found = fit_phase_calibration(
        fixed=fixed + model.effects[later.phase, later.treatment],
        learned=plain - fixed,
        phase=later.phase,
        next_phase=later.next_phase,
        customer=later.customer,
    )
    shift = model.calibration.shift + found.shift
    return replace(model, calibration=PhaseCalibration(scale=found.scale, shift=shift))
