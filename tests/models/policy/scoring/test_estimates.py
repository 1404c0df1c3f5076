"""Estimates of the learned models: as the models say, for the treatments that they know by other codes."""

from __future__ import annotations

import numpy as np

from models.bundle import Models
from models.domain.journey import Journey
from models.policy.engine import Engine
from models.policy.scoring.estimates import LearnedEstimates
from tests.models.policy.deciding import Ask


def test_values_of_the_next_phases_are_discounted_to_now(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    engine = Engine(tiny_journey, learned, "b")
    situations = engine.situate(ask(stated_phase="interested"))
    row, treatment = np.zeros(2, dtype=np.int64), np.array([0, 2])
    customer_x = engine.builder.customer_features(situations)
    undiscounted = learned.value.next_values(customer_x, row, situations.phase, treatment)
    estimates = engine.estimator.estimate(situations, row, treatment)

    factor = learned.value.discount[tiny_journey.phase_index["interested"]]
    assert 0.0 < factor < 1.0
    assert np.array_equal(estimates.next_value, undiscounted * factor)
    assert np.allclose(estimates.leads_to.sum(axis=1), 1.0)
    assert np.all((estimates.low <= estimates.propensity) & (estimates.propensity <= estimates.high))


def test_codes_of_a_later_journey_are_turned_into_the_models_own(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    """Codes 1 and 2 exchanged: asked for 1, the models answer for 2, with the phases of 2."""
    engine = Engine(tiny_journey, learned, "b")
    situations = engine.situate(ask(stated_phase="interested"))
    swapped = LearnedEstimates(learned, engine.builder, tiny_journey, np.array([0, 2, 1, 3, 4]))
    row = np.zeros(1, dtype=np.int64)

    asked = swapped.estimate(situations, row, np.array([1]))
    direct = engine.estimator.estimate(situations, row, np.array([2]))
    assert np.array_equal(asked.leads_to, direct.leads_to)
    assert np.array_equal(asked.shift_error, direct.shift_error)
