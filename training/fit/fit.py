"""Fit: features of all rows, then response, transition and journey value on the training parts.

Knows in which order models build on each other and which rows each may see; knows nothing of files,
SQL or how good the models turn out to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Protocol

import numpy as np

from models.arrays import Codes, Floats32, Ints, Mask
from models.bundle import GoldenRows, Models
from models.domain.journey import Journey
from models.domain.phases import PhaseTrace
from models.errors import TrainingConfigError
from models.learned.features.builder import FeatureBuilder
from models.learned.features.choose_columns import make_spec
from models.learned.features.situations import Situations
from models.learned.features.spec import FeatureSpec
from models.learned.response.fit import fit_response
from models.learned.response.model import ResponseModel
from models.learned.transition.fit import fit_transition
from models.learned.transition.model import TransitionModel
from models.learned.trees.parameters import TreeParameters
from models.learned.value.fit import fit_journey_value
from models.learned.value.model import JourneyValue
from models.learned.value.states import choose_states
from models.policy.eligibility.catalogue import Catalogue
from training.config import FeatureRules, TrainingConfig
from training.data.encode import Log
from training.rows.rows import UNKNOWN, DecisionRows
from training.rows.split import Part, Parts, SplitRows
from training.run.cache import Model

VALUE_STATES: Final = 12_000
"""Logged states that the journey value learns from; each is scored with every treatment tried there."""

GOLDEN_STATES: Final = 24
CHUNK: Final = 65_536  # candidates scored at a time

Keep = Callable[[Callable[[], dict[str, Any]]], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Rows with their features. n rows.

    ``customer_x``: (n, F); ``candidate_x``: (n, G), of the treatment taken; ``situations``: n.
    """

    journey: Journey
    builder: FeatureBuilder
    log: Log
    trace: PhaseTrace
    split: SplitRows
    situations: Situations
    customer_x: Floats32
    candidate_x: Floats32

    @property
    def rows(self) -> DecisionRows:
        return self.split.rows

    @property
    def spec(self) -> FeatureSpec:
        return self.builder.spec


def choose_spec(journey: Journey, log: Log, rules: FeatureRules) -> FeatureSpec:
    """Which columns: the journey file's, and what the history shows to be frequent."""
    options: dict[str, Any] = {}
    if rules.windows_days is not None:
        options["windows_days"] = rules.windows_days
    if rules.frequent_touchpoints is not None:
        options["max_touchpoints"] = len(journey.touchpoints) + rules.frequent_touchpoints
    return make_spec(journey, log.history, attributes=log.attributes, **options)


def prepare(
    journey: Journey,
    builder: FeatureBuilder,
    log: Log,
    trace: PhaseTrace,
    split: SplitRows,
    keep: Keep = lambda make: make(),
) -> Prepared:
    """Build the features of every row; each sees only what is strictly before its moment.

    Args:
        keep: gives the matrices that its argument makes, or the same ones from an earlier run.
    """
    rows = split.rows
    situations = situate(builder, log, trace, rows)

    def make() -> dict[str, Any]:
        each = np.arange(len(rows))
        return {
            "customer_x": builder.customer_features(situations),
            "candidate_x": builder.candidate_features(situations, each, rows.treatment),
        }

    matrices = keep(make)
    return Prepared(
        journey=journey,
        builder=builder,
        log=log,
        trace=trace,
        split=split,
        situations=replace(situations, customer_x=matrices["customer_x"]),
        customer_x=matrices["customer_x"],
        candidate_x=matrices["candidate_x"],
    )


def situate(builder: FeatureBuilder, log: Log, trace: PhaseTrace, rows: DecisionRows) -> Situations:
    """The situations of rows, a phase that the caller stated included."""
    return builder.situate(
        history=log.history,
        customer=rows.customer,
        instant=rows.decided_at,
        attributes=builder.attribute_matrix(log.attributes),
        time_zones=log.time_zones,
        stated_phase=rows.stated_phase,
        trace=trace,
    )


def tree_parameters(config: TrainingConfig) -> TreeParameters:
    """Section ``trees`` of the configuration.

    Raises:
        TrainingConfigError: a name that ``TreeParameters`` does not have, or a value of another type.
    """
    known = {field.name: field for field in fields(TreeParameters)}
    default = TreeParameters()
    for name, value in config.trees.items():
        if name not in known:
            raise TrainingConfigError(
                f"{config.source}: field trees.{name}: expected one of {', '.join(known)}, got {name}"
            )
        wanted = type(getattr(default, name))
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise TrainingConfigError(
                f"{config.source}: field trees.{name}: expected a {wanted.__name__}, got {value!r}"
            )
    return TreeParameters(**config.trees)


class KeepFit(Protocol):
    """Gives the model that ``make`` fits, or the same one from an earlier run, by ``read`` of its files."""

    def __call__(
        self, name: str, make: Callable[[], Model], read: Callable[[Mapping[str, bytes]], Model]
    ) -> Model: ...


def _at_once(name: str, make: Callable[[], Model], read: Callable[[Mapping[str, bytes]], Model]) -> Model:
    return make()


def fit_models(
    prepared: Prepared, parameters: TreeParameters, rng: np.random.Generator, keep: KeepFit = _at_once
) -> Models:
    """Everything a bundle holds, from the training and calibration parts; one fit after the other."""
    part = prepared.split.part
    response = keep(
        "response", lambda: fit_response_model(prepared, part, parameters, rng), ResponseModel.from_files
    )
    transition = keep(
        "transition", lambda: fit_transition_model(prepared, parameters, rng), TransitionModel.from_files
    )
    value = keep("value", lambda: fit_value_model(prepared, response, transition), JourneyValue.from_files)
    return Models(spec=prepared.spec, response=response, transition=transition, value=value)


def fit_response_model(
    prepared: Prepared, part: Parts, parameters: TreeParameters, rng: np.random.Generator
) -> ResponseModel:
    """The response model of a split, the time split or any other: ``part``, shape (n,)."""
    rows = prepared.rows
    use = (part < Part.TEST) & (rows.response != UNKNOWN)
    return fit_response(
        journey=prepared.journey,
        spec=prepared.spec,
        customer_x=prepared.customer_x[use],
        candidate_x=prepared.candidate_x[use],
        phase=prepared.situations.phase[use],
        treatment=rows.treatment[use],
        response=rows.response[use],
        decided_at=rows.decided_at[use],
        customer=rows.customer[use],
        calibrate=part[use] == Part.CALIBRATE,
        parameters=parameters,
        rng=rng,
    )


def fit_transition_model(
    prepared: Prepared, parameters: TreeParameters, rng: np.random.Generator
) -> TransitionModel:
    """The phase model of the time split."""
    rows, part = prepared.rows, prepared.split.part
    use = (part < Part.TEST) & (rows.next_phase != UNKNOWN)
    return fit_transition(
        journey=prepared.journey,
        spec=prepared.spec,
        customer_x=prepared.customer_x[use],
        candidate_x=prepared.candidate_x[use],
        phase=prepared.situations.phase[use],
        treatment=rows.treatment[use],
        next_phase=rows.next_phase[use],
        customer=rows.customer[use],
        decided_at=rows.decided_at[use],
        calibrate=part[use] == Part.CALIBRATE,
        parameters=parameters,
        rng=rng,
    )


def fit_value_model(prepared: Prepared, response: ResponseModel, transition: TransitionModel) -> JourneyValue:
    """The journey value, under the best candidates by the other two models."""
    learned = np.flatnonzero(prepared.split.part < Part.TEST)
    phase = prepared.situations.phase[learned]
    states = choose_states(phase, VALUE_STATES)
    row, treatment = candidates(
        prepared.journey, phase[states], tried(prepared, learned)[phase[states]], learned[states]
    )
    catalogue = Catalogue.of(prepared.journey)
    propensity = np.empty(len(row))
    probabilities = np.empty((len(row), len(prepared.journey.phases)))
    for chunk in _chunks(len(row)):
        propensity[chunk], probabilities[chunk] = _scores(
            prepared, response, transition, row[chunk], treatment[chunk]
        )
    stake = catalogue.value[treatment] * catalogue.lever[treatment]
    position = np.full(len(prepared.rows), -1, dtype=np.int64)
    position[learned] = np.arange(len(learned))
    return fit_journey_value(
        journey=prepared.journey,
        spec=prepared.spec,
        customer_x=prepared.customer_x[learned],
        phase=phase,
        row=position[row],
        treatment=treatment,
        immediate=propensity * stake - catalogue.cost[treatment],
        probabilities=probabilities,
        customer=prepared.rows.customer[learned],
        decided_at=prepared.rows.decided_at[learned],
        taken=prepared.rows.treatment[learned],
        course=transition.course,
    )


def tried(prepared: Prepared, rows: Ints) -> Mask:
    """(phases, treatments): whether the treatment was ever taken in the phase; doing nothing always was."""
    table = np.zeros((len(prepared.journey.phases), len(prepared.journey.treatments)), dtype=bool)
    table[prepared.situations.phase[rows], prepared.rows.treatment[rows]] = True
    table[:, 0] = True
    return table


def candidates(journey: Journey, phase: Codes, allowed: Mask, rows: Any) -> tuple[Ints, Codes]:
    """Candidates of situations: what the journey file means for the phase, out of what is allowed.

    Args:
        phase: shape (s,).
        allowed: shape (s, T).
        rows: shape (s,). What to call the situations.

    Returns:
        Situation and treatment of m candidates, ascending; doing nothing is always one of them.
    """
    meant = Catalogue.of(journey).phases[phase] & allowed
    meant[:, 0] = True
    state, treatment = np.nonzero(meant)
    return rows[state], treatment.astype(np.int32)


def _scores(
    prepared: Prepared, response: ResponseModel, transition: TransitionModel, row: Ints, treatment: Codes
) -> tuple[Any, Any]:
    """Propensity (m,) and next phases (m, P) of candidates; ``row`` ascends."""
    states, local = np.unique(row, return_inverse=True)
    customer_x, phase = prepared.customer_x[states], prepared.situations.phase[states]
    propensity = response.propensity(
        customer_x=customer_x,
        candidate_x=prepared.builder.candidate_features(prepared.situations, row, treatment),
        row=local,
        phase=phase,
        treatment=treatment,
    )
    baseline = transition.baseline(customer_x, phase)
    return propensity.value, transition.probabilities(baseline, local, phase, treatment)


def _chunks(n: int) -> Iterator[slice]:
    return (slice(begin, min(begin + CHUNK, n)) for begin in range(0, n, CHUNK))


def golden_rows(prepared: Prepared) -> GoldenRows:
    """A few situations across phases with every treatment meant for them: a bundle's proof at load."""
    states = choose_states(prepared.situations.phase, GOLDEN_STATES)
    phase = prepared.situations.phase[states]
    everything = np.ones((len(states), len(prepared.journey.treatments)), dtype=bool)
    row, treatment = candidates(prepared.journey, phase, everything, states)
    return GoldenRows(
        customer_x=prepared.customer_x[states],
        candidate_x=prepared.builder.candidate_features(prepared.situations, row, treatment),
        row=np.searchsorted(states, row),
        phase=phase,
        treatment=treatment,
    )
