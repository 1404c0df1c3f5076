"""Journey values are exact where they can be worked by hand, bounded, and only of what is offered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models.domain.journey import Journey
from models.learned.value.fit import fit_journey_value
from models.learned.value.model import JourneyValue
from tests.models.learned.value.worlds import (
    half_a_year_each,
    states,
    valued,
    worth_ahead,
)

DAY_MS = 86_400_000


def test_a_chain_worked_by_hand(journey_of: Callable[..., Journey], columns: Any) -> None:
    """p0 → p1 → p2 → p3 → p0 for sure, discount 1/2, entering p3 pays 100, nothing else pays.

    V(p2) = 100 + V(p3)/2, V(p3) = V(p0)/2, V(p0) = V(p1)/2, V(p1) = V(p2)/2, so
    V(p2) = 100 + V(p2)/16, V(p2) = 1600/15; V(p1) = 800/15, V(p0) = 400/15, V(p3) = 200/15.
    """
    phase = np.arange(4)

    value = fit_journey_value(
        journey=half_a_year_each(journey_of),
        spec=columns,
        customer_x=states(4),
        phase=phase,
        row=phase,
        treatment=np.zeros(4, dtype=np.int64),
        immediate=np.zeros(4),
        probabilities=np.roll(np.eye(4), 1, axis=1),
    )

    by_hand = np.array([400, 800, 1600, 200]) / 15
    assert value.chain == pytest.approx(by_hand)
    assert value.values(states(4), phase) == pytest.approx(by_hand)
    ahead = value.next_values(
        states(1), np.zeros(2, dtype=np.int64), np.zeros(1, dtype=np.int64), np.array([0, 3])
    )
    assert ahead == pytest.approx(np.tile(by_hand, (2, 1)))
    assert value.discount == pytest.approx(np.full(4, 0.5))


def test_the_better_treatment_is_followed_now_and_later(
    journey_of: Callable[..., Journey], columns: Any
) -> None:
    """In p2 a contact for 10 EUR leads to p3 (100 EUR on entering), else p2 for ever; p3 stays p3.

    V(p3) = 0, V(p2) = max(-10 + 100, V(p2)/2) = 90.
    """
    value = fit_journey_value(
        journey=half_a_year_each(journey_of),
        spec=columns,
        customer_x=states(2),
        phase=np.array([2, 3]),
        row=np.array([0, 1, 0]),  # candidates in any order
        treatment=np.array([0, 0, 1]),
        immediate=np.array([0.0, 0.0, -10.0]),
        probabilities=np.eye(4)[[2, 3, 3]],
    )

    assert value.chain[[2, 3]] == pytest.approx([90.0, 0.0])


def test_entry_values_are_paid_on_entering_only(journey_of: Callable[..., Journey], columns: Any) -> None:
    """Who stays in p3 is not paid 100 EUR at each horizon."""
    value = fit_journey_value(
        journey=half_a_year_each(journey_of),
        spec=columns,
        customer_x=states(1),
        phase=np.array([3]),
        row=np.zeros(1, dtype=np.int64),
        treatment=np.zeros(1, dtype=np.int64),
        immediate=np.zeros(1),
        probabilities=np.eye(4)[[3]],
    )

    assert value.chain[3] == pytest.approx(0.0)


def test_values_rest_only_on_what_is_offered(journey_of: Callable[..., Journey], columns: Any) -> None:
    """The dear treatment is a candidate in p0 alone: p1 gets nothing of its 50 EUR."""
    n = 400
    phase = np.arange(n) % 2
    offered = np.flatnonzero(phase == 0)
    value = fit_journey_value(
        journey=half_a_year_each(journey_of, entry=(0.0, 0.0, 0.0, 0.0)),
        spec=columns,
        customer_x=states(n),
        phase=phase,
        row=np.concatenate((np.arange(n), offered)),
        treatment=np.repeat([0, 1], [n, len(offered)]),
        immediate=np.repeat([0.0, 50.0], [n, len(offered)]),
        probabilities=np.eye(4)[np.concatenate((phase, phase[offered]))],
    )

    assert value.values(states(2), np.array([0, 1])) == pytest.approx([100.0, 0.0], abs=0.5)


def test_customers_of_one_phase_differ_in_value(journey_of: Callable[..., Journey], columns: Any) -> None:
    """Warmth w pays 10 + 4 w at every step, for ever: V = 20 + 8 w, whatever the phase says."""
    rng = np.random.default_rng(0)
    warmth = rng.uniform(-1, 1, 4_000)
    phase = rng.integers(0, 2, 4_000)

    value = fit_journey_value(
        journey=half_a_year_each(journey_of, entry=(0.0, 0.0, 0.0, 0.0)),
        spec=columns,
        customer_x=states(4_000, warmth=warmth),
        phase=phase,
        row=np.arange(4_000),
        treatment=np.zeros(4_000, dtype=np.int64),
        immediate=10.0 + 4.0 * warmth,
        probabilities=np.full((4_000, 4), [0.5, 0.5, 0.0, 0.0]),
    )

    assert value.chain[:2] == pytest.approx([20.0, 20.0], abs=0.2)
    learned = value.values(states(4_000, warmth=warmth), phase)
    assert np.abs(learned - (20.0 + 8.0 * warmth)).max() < 1.0


def test_a_move_starts_the_dwell_anew(journey_of: Callable[..., Journey], columns: Any) -> None:
    journey = journey_of(horizon_days=14.0, discount_per_year=0.5, entry=(0.0, 0.0, 0.0, 0.0))

    ahead = worth_ahead(valued(journey, columns, None))

    assert ahead[0, 1] > ahead[0, 0] + 1.0


def test_without_a_later_nothing_counts_beyond_the_horizon(
    journey_of: Callable[..., Journey], columns: Any
) -> None:
    value = valued(journey_of(horizon_days=14.0, discount_per_year=0.0), columns, None)

    assert not value.discount.any()
    assert np.isfinite(worth_ahead(value)).all()


def test_what_becomes_of_features_is_learned_from_the_log(
    journey_of: Callable[..., Journey], columns: Any
) -> None:
    """Everybody is active again within the horizon: by meaning alone, recency would have grown by 14 days."""
    customers, steps = 200, 6
    n = customers * steps
    rng = np.random.default_rng(2)
    x = states(n, since=rng.uniform(0, 4, n))
    zeros = np.zeros(n, dtype=np.int64)
    log = {
        "journey": journey_of(),
        "spec": columns,
        "customer_x": x,
        "phase": zeros,
        "row": np.arange(n),
        "treatment": zeros,
        "immediate": np.zeros(n),
        "probabilities": np.eye(4)[zeros],
    }

    by_meaning = fit_journey_value(**log)
    learned = fit_journey_value(
        **log,
        customer=np.repeat(np.arange(customers), steps),
        decided_at=np.tile(np.arange(steps) * 14 * DAY_MS, customers),
        taken=zeros,
    )

    def recency_ahead(value: JourneyValue) -> float:
        features = value.features
        ahead = features.at_horizon(x, features.forward(np.full(n, 14.0)), np.arange(n))
        return float(ahead[:, 0, 0, features.names.index("days_since_touchpoint")].mean())

    assert recency_ahead(by_meaning) > 3.0
    assert recency_ahead(learned) == pytest.approx(0.0, abs=0.2)


def test_with_the_horizon_next_a_step_lasts_as_long_as_the_stay(
    journey_of: Callable[..., Journey], columns: Any
) -> None:
    phase = np.arange(400) % 4
    value = fit_journey_value(
        journey=journey_of(horizon_days=None, discount_per_year=0.5),
        spec=columns,
        customer_x=states(400, dwell=np.array([10.0, 73.0, 365.0, 730.0])[phase]),
        phase=phase,
        row=np.arange(400),
        treatment=np.zeros(400, dtype=np.int64),
        immediate=np.zeros(400),
        probabilities=np.roll(np.eye(4), 1, axis=1)[phase],
    )

    assert value.horizon_days == pytest.approx([10, 73, 365, 730])
    assert value.discount == pytest.approx(0.5 ** np.array([10 / 365, 0.2, 1.0, 2.0]))


def test_money_for_ever_without_discount_is_still_finite(
    journey_of: Callable[..., Journey], columns: Any
) -> None:
    value = fit_journey_value(
        journey=journey_of(discount_per_year=1.0),
        spec=columns,
        customer_x=states(4),
        phase=np.arange(4),
        row=np.arange(4),
        treatment=np.zeros(4, dtype=np.int64),
        immediate=np.ones(4),
        probabilities=np.roll(np.eye(4), 1, axis=1),
    )

    assert np.all(np.isfinite(value.chain))
    assert np.all(value.discount < 1.0)


def test_without_states_nothing_is_worth_anything(journey_of: Callable[..., Journey], columns: Any) -> None:
    none = np.empty(0, dtype=np.int64)
    value = fit_journey_value(
        journey=journey_of(),
        spec=columns,
        customer_x=np.empty((0, 7), dtype=np.float32),
        phase=none,
        row=none,
        treatment=none,
        immediate=np.empty(0),
        probabilities=np.empty((0, 4)),
    )

    assert value.values(states(4), np.arange(4)).tolist() == [0.0] * 4
