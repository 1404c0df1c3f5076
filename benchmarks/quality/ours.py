"""Ours, whole and with one part switched off at a time, from the product's own training.

What can be reused is: switching a part off refits only what depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from models.arrays import Codes, Floats
from models.bundle import Models
from models.learned.transition.effects import softmax
from models.learned.transition.model import TransitionModel
from models.learned.trees.parameters import TreeParameters
from models.learned.value.model import JourneyValue
from training.evaluation.off_policy.logged_candidates import logged_candidates
from training.fit.advantage.log_rows import learnable
from training.fit.advantage.served import learn_in_money
from training.fit.fit import fit_models, fit_response_model, fit_transition_model, fit_value_model
from training.fit.prepared import Prepared

OURS: Final = "ours"
NEVER: Final = 10**12
RAW_RIDGE: Final = 0.5


def whole(
    prepared: Prepared, candidates: Any, parameters: TreeParameters, rng: np.random.Generator
) -> Models:
    """What `nba train` publishes; ``candidates``: the logged texts."""
    models = fit_models(prepared, parameters, rng)
    at = learnable(prepared)
    mask = logged_candidates(prepared.journey, candidates, prepared.rows.decision[at])[0]
    return replace(models, advantage=learn_in_money(prepared, models, at, mask).served)


def without_response_trees(
    prepared: Prepared, models: Models, parameters: TreeParameters, rng: np.random.Generator
) -> Models:
    """Propensities from the table alone."""
    plain = replace(parameters, minimum_rows=NEVER)
    response = fit_response_model(prepared, prepared.split.part, plain, rng)
    return _revalued(prepared, replace(models, response=response))


def without_transition_trees(
    prepared: Prepared, models: Models, parameters: TreeParameters, rng: np.random.Generator
) -> Models:
    """Next phases from the chain and the effects, no trees on the customer."""
    plain = replace(parameters, minimum_rows=NEVER)
    return _revalued(prepared, replace(models, transition=fit_transition_model(prepared, plain, rng)))


def without_shrinkage(
    prepared: Prepared, models: Models, parameters: TreeParameters, rng: np.random.Generator
) -> Models:
    """Effects as the rows of each phase and treatment give them, borrowing from nobody."""
    return _revalued(prepared, replace(models, transition=_raw_effects(prepared, models.transition)))


def without_customer_value(
    prepared: Prepared, models: Models, parameters: TreeParameters, rng: np.random.Generator
) -> Models:
    """V(phase) instead of V(phase, x)."""
    return replace(models, value=of_phases(models.value))


def without_effects_in_money(
    prepared: Prepared, models: Models, parameters: TreeParameters, rng: np.random.Generator
) -> Models:
    """Responses and next phases rank, as before there were effects in money; models come without these."""
    return models


Switch = Callable[[Prepared, Models, TreeParameters, np.random.Generator], Models]

SWITCHED_OFF: Final[Mapping[str, Switch]] = {
    "ours without response trees": without_response_trees,
    "ours without transition trees": without_transition_trees,
    "ours without shrunk effects": without_shrinkage,
    "ours with V(phase)": without_customer_value,
    "ours without effects in money": without_effects_in_money,
}


def of_phases(value: JourneyValue) -> JourneyValue:
    """The value that the phases have on average, whoever the customer is."""
    weights = np.zeros_like(value.weights)
    weights[:, 0] = value.chain
    return replace(value, weights=weights, low=value.chain, high=value.chain)


def _revalued(prepared: Prepared, models: Models) -> Models:
    return replace(models, value=fit_value_model(prepared, models.response, models.transition))


def _raw_effects(prepared: Prepared, transition: TransitionModel) -> TransitionModel:
    """Newton steps for each cell by itself, with just enough ridge to have a solution."""
    rows, phase = prepared.rows, prepared.situations.phase
    use = (prepared.split.part < 2) & (rows.next_phase >= 0) & (rows.treatment > 0)
    baseline = transition.baseline(prepared.customer_x[use], phase[use])
    effects = np.zeros_like(transition.effects)
    cell = phase[use].astype(np.int64) * effects.shape[1] + rows.treatment[use]
    for code in np.unique(cell):
        mine = cell == code
        effects[divmod(int(code), effects.shape[1])] = _own(baseline[mine], rows.next_phase[use][mine])
    return replace(transition, effects=effects)


def _own(baseline: Floats, next_phase: Codes) -> Floats:
    phases = baseline.shape[1]
    offset, seen = np.zeros(phases), np.bincount(next_phase, minlength=phases)
    for _ in range(15):
        chance = softmax(baseline + offset)
        expected = chance.sum(axis=0)
        curvature = np.diag(expected + RAW_RIDGE) - chance.T @ chance
        offset += np.clip(np.linalg.solve(curvature, seen - expected - RAW_RIDGE * offset), -1.0, 1.0)
    return np.asarray(offset)
