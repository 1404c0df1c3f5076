"""A journey value is the same in every batch, stays in its range and comes back from its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.domain.journey import Journey
from models.learned.features.summary import choose_value_features
from models.learned.value.fit import fit_journey_value
from models.learned.value.model import JourneyValue
from tests.models.learned.value.worlds import half_a_year_each, states


def test_a_customers_value_does_not_depend_on_the_batch_they_are_in(columns: Any) -> None:
    """Bit for bit, now and at the horizon: training values a log, the service one customer."""
    rng = np.random.default_rng(7)
    x = rng.exponential(3.0, (300, 7)).astype(np.float32)
    features = choose_value_features(columns, x)
    shape = (4, len(features.names))
    value = JourneyValue(
        features=replace(features, correction=rng.normal(size=(shape[1], 4))),
        weights=rng.normal(size=(4, shape[1] + 1)),
        centre=rng.normal(size=shape),
        low=np.full(4, -1e3),
        high=np.full(4, 1e3),
        chain=np.zeros(4),
        horizon_days=np.array([14.0, 3.0, 30.0, 90.0]),
        discount=np.full(4, 0.9),
    )
    phase = rng.integers(0, 4, len(x))

    ones = [slice(i, i + 1) for i in range(len(x))]
    now = np.concatenate([value.values(x[one], phase[one]) for one in ones])
    later = np.concatenate([value.at_horizon(x[one], phase[one]) for one in ones])

    assert np.array_equal(now, value.values(x, phase))
    assert np.array_equal(later, value.at_horizon(x, phase))


def test_values_stay_within_what_logged_states_reach(
    journey_of: Callable[..., Journey], columns: Any
) -> None:
    """A customer a hundred times as warm as any seen is worth no more than the warmest seen."""
    warmth = np.linspace(-1, 1, 500)
    zeros = np.zeros(500, dtype=np.int64)
    value = fit_journey_value(
        journey=half_a_year_each(journey_of),
        spec=columns,
        customer_x=states(500, warmth=warmth),
        phase=zeros,
        row=np.arange(500),
        treatment=zeros,
        immediate=warmth,
        probabilities=np.eye(4)[zeros],
    )

    far = value.values(states(2, warmth=np.array([-100.0, 100.0])), np.zeros(2, dtype=np.int64))
    assert far == pytest.approx([value.low[0], value.high[0]])
    assert np.all(np.abs(far) <= 1.0 / (1 - 0.5) + 1e-9), "one EUR a step, halved each step, is two"


def test_missing_features_count_as_the_mean(journey_of: Callable[..., Journey], columns: Any) -> None:
    warmth = np.linspace(-1, 1, 501)
    zeros = np.zeros(501, dtype=np.int64)
    value = fit_journey_value(
        journey=half_a_year_each(journey_of),
        spec=columns,
        customer_x=states(501, warmth=warmth),
        phase=zeros,
        row=np.arange(501),
        treatment=zeros,
        immediate=warmth,
        probabilities=np.eye(4)[zeros],
    )

    unknown, mean = value.values(states(2, warmth=np.array([np.nan, 0.0])), np.zeros(2, dtype=np.int64))
    assert unknown == pytest.approx(mean)


def big(journey: Journey, columns: Any) -> JourneyValue:
    rng = np.random.default_rng(3)
    n, treatments = 3_000, len(journey.treatments)
    row, treatment = np.repeat(np.arange(n), treatments), np.tile(np.arange(treatments), n)
    return fit_journey_value(
        journey=journey,
        spec=columns,
        customer_x=states(n, warmth=rng.normal(0, 1, n), contacts_30d=rng.integers(0, 5, n)),
        phase=rng.integers(0, 4, n),
        row=row,
        treatment=treatment,
        immediate=rng.normal(0, 1, len(row)),
        probabilities=rng.dirichlet(np.ones(4), len(row)),
        maximum_states=2_000,
    )


def test_files_bring_back_the_same_model_and_refitting_gives_the_same_bytes(
    journey_of: Callable[..., Journey], columns: Any
) -> None:
    value = big(journey_of(), columns)
    files = value.to_files()
    again = JourneyValue.from_files(files)

    x, phase = states(9, warmth=np.linspace(-2, 2, 9)), np.arange(9) % 4
    row, treatment = np.arange(9), np.arange(9)
    assert np.array_equal(
        value.next_values(x, row, phase, treatment), again.next_values(x, row, phase, treatment)
    )
    assert np.array_equal(value.values(x, phase), again.values(x, phase))
    assert big(journey_of(), columns).to_files() == files == again.to_files()


def test_where_no_effect_was_proven_contacts_never_pay(columns: Any) -> None:
    """Customers with more contacts are worth more in these states, since they were chosen; contacting makes
    nobody worth more for that. What contacts cost still counts, and the flag comes back from the files."""
    x = states(50, contacts_30d=np.arange(50) / 10)
    features = choose_value_features(columns, x)
    weights = np.zeros((4, len(features.names) + 1))
    at = 1 + features.names.index("contacts_30d")
    weights[:2, at], weights[2:, at] = 5.0, -5.0
    pays = JourneyValue(
        features=features,
        weights=weights,
        centre=np.zeros((4, len(features.names))),
        low=np.full(4, -1e3),
        high=np.full(4, 1e3),
        chain=np.zeros(4),
        horizon_days=np.full(4, 14.0),
        discount=np.full(4, 0.9),
    )
    phase = np.zeros(50, dtype=np.int64)
    costs = JourneyValue.from_files(replace(pays, contact_costs=True).to_files())

    before, after = pays.at_horizon(x, phase), costs.at_horizon(x, phase)

    assert costs.contact_costs
    assert not JourneyValue.from_files(pays.to_files()).contact_costs
    assert np.array_equal(after[:, 0], before[:, 0])
    assert (before[:, 1, :2] > before[:, 0, :2]).all()
    assert np.array_equal(after[:, 1, :2], after[:, 0, :2])
    assert np.array_equal(after[:, 1, 2:], before[:, 1, 2:])
    assert (after[:, 1, 2:] < after[:, 0, 2:]).all()
