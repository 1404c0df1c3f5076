"""Fit: response, transition and journey value on the training parts.

Knows in which order models build on each other and which rows each may see; knows nothing of files,
SQL or how good the models turn out to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, Final

import numpy as np

from models.arrays import Codes, Ints
from models.bundle import Models
from models.errors import TrainingConfigError
from models.learned.response.model import ResponseModel
from models.learned.transition.further import fit_further
from models.learned.transition.further_steps import FurtherSteps
from models.learned.transition.model import TransitionModel
from models.learned.trees.network import IN_THREADS, Network
from models.learned.trees.parameters import TreeParameters
from models.learned.value.fit import fit_journey_value
from models.learned.value.model import JourneyValue
from models.learned.value.paid_entries import paid_entries, pays_once
from models.learned.value.states import choose_states
from models.policy.eligibility.catalogue import Catalogue
from training.config import TrainingConfig
from training.fit.candidates import candidates, tried
from training.fit.estimators import ResponseEstimator, TransitionEstimator
from training.fit.foreign import make_estimator
from training.fit.keep import KeepFit, at_once
from training.fit.prepared import Prepared
from training.rows.rows import UNKNOWN
from training.rows.split import Part, Parts

VALUE_STATES: Final = 12_000
"""Logged states that the journey value learns from; each is scored with every treatment tried there."""


CHUNK: Final = 65_536  # candidates scored at a time
NO_ESTIMATORS: Final[Mapping[str, Any]] = {}


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


def chosen_estimators(config: TrainingConfig) -> dict[str, Any]:
    """Section ``models`` of the configuration: unfitted scikit-learn classifiers by model.

    Raises:
        TrainingConfigError: one that no bundle can carry, or an option that it does not have.
    """
    return {
        model: make_estimator(choice.estimator, choice.options, f"{config.source}: field models.{model}")
        for model, choice in config.models.items()
    }


def fit_models(
    prepared: Prepared,
    parameters: TreeParameters,
    rng: np.random.Generator,
    keep: KeepFit = at_once,
    estimators: Mapping[str, Any] = NO_ESTIMATORS,
    network: Network = IN_THREADS,
) -> Models:
    """Everything a bundle holds, from the training and calibration parts; one fit after the other.

    ``estimators``: see ``chosen_estimators``; our trees where there is none. ``network``: grows trees where
    ``parameters.networked``.
    """
    part, get = prepared.split.part, estimators.get
    response = keep(
        "response",
        lambda: fit_response_model(prepared, part, parameters, rng, get("response"), network),
        ResponseModel.from_files,
    )
    transition = keep(
        "transition",
        lambda: fit_transition_model(prepared, parameters, rng, get("transition"), network),
        TransitionModel.from_files,
    )
    value = keep("value", lambda: fit_value_model(prepared, response, transition), JourneyValue.from_files)
    return Models(spec=prepared.spec, response=response, transition=transition, value=value)


def fit_response_model(
    prepared: Prepared,
    part: Parts,
    parameters: TreeParameters,
    rng: np.random.Generator,
    estimator: Any = None,
    network: Network = IN_THREADS,
) -> ResponseModel:
    """The response model of a split, the time split or any other: ``part``, shape (n,)."""
    rows = prepared.rows
    use = (part < Part.TEST) & (rows.response != UNKNOWN)
    learner = ResponseEstimator(
        prepared.journey, prepared.spec, parameters=parameters, estimator=estimator, random_state=rng
    )
    at = np.flatnonzero(use)
    return learner.fit_rows(prepared, at, part[at] == Part.CALIBRATE, network).model_


def fit_transition_model(
    prepared: Prepared,
    parameters: TreeParameters,
    rng: np.random.Generator,
    estimator: Any = None,
    network: Network = IN_THREADS,
) -> TransitionModel:
    """The phase model of the time split."""
    rows, part = prepared.rows, prepared.split.part
    use = (part < Part.TEST) & (rows.next_phase != UNKNOWN)
    learner = TransitionEstimator(
        prepared.journey, prepared.spec, parameters=parameters, estimator=estimator, random_state=rng
    )
    at = np.flatnonzero(use)
    model = learner.fit_rows(prepared, at, part[at] == Part.CALIBRATE, network).model_
    return replace(model, further=_further(prepared, model, at))


def _further(prepared: Prepared, model: TransitionModel, at: Ints) -> FurtherSteps | None:
    """The steps after the next one, from the same rows."""
    rows = prepared.rows
    return fit_further(
        model,
        journey=prepared.journey,
        spec=prepared.spec,
        customer_x=prepared.customer_x,
        at=at,
        phase=prepared.situations.phase[at].astype(np.int64),
        treatment=rows.treatment[at].astype(np.int64),
        next_phase=rows.next_phase[at].astype(np.int64),
        customer=rows.customer[at],
        instant=rows.decided_at[at],
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
        customer_x=prepared.customer_x,
        at=learned,
        phase=phase,
        row=position[row],
        treatment=treatment,
        immediate=propensity * stake - catalogue.cost[treatment],
        probabilities=probabilities,
        customer=prepared.rows.customer[learned],
        decided_at=prepared.rows.decided_at[learned],
        taken=prepared.rows.treatment[learned],
        course=transition.course,
        contact_costs=not transition.effects.any(),
        paid=paid_entries(pays_once(prepared.journey), prepared.situations.phases_reached[learned]),
    )


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
