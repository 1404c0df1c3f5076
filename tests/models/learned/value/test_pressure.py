"""What a contact costs is what it does to the course of the phases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.domain.journey import Journey
from models.learned.features.summary import choose_value_features
from models.learned.transition.course import Course, directions
from models.learned.value.fit import fit_journey_value
from models.learned.value.model import JourneyValue

WARMTH = 6


CONTACTS_30D = 4


World = Any


@pytest.fixture
def columns(world: World) -> Any:
    return world.columns


def states(n: int, **values: NDArray[Any]) -> NDArray[Any]:
    """n customers who differ in what is named only."""
    x = np.ones((n, 7), dtype=np.float32)
    for name, value in values.items():
        x[:, {"dwell": 1, "contacts_30d": CONTACTS_30D, "since": 5, "warmth": WARMTH}[name]] = value
    return x


def _valued(journey: Journey, columns: Any, course: Course | None) -> JourneyValue:
    """Half of the customers move on, and entering p1 is worth 100 EUR. Each e-fold of dwell costs 3 EUR a
    step, and those who got many contacts are worth less for reasons of their own."""
    rng = np.random.default_rng(1)
    contacts, dwell = rng.integers(0, 6, 4_000), rng.uniform(0, 60, 4_000)
    return fit_journey_value(
        journey=journey,
        spec=columns,
        customer_x=states(4_000, contacts_30d=contacts, dwell=dwell),
        phase=rng.integers(0, 2, 4_000),
        row=np.arange(4_000),
        treatment=np.zeros(4_000, dtype=np.int64),
        immediate=20.0 - 5.0 * np.log1p(contacts) - 3.0 * np.log1p(dwell),
        probabilities=np.full((4_000, 4), [0.5, 0.5, 0.0, 0.0]),
        course=course,
    )


def _ahead(value: JourneyValue) -> Any:
    """Value by next phase, without and with a contact: shape (2, P)."""
    zeros = np.zeros(2, dtype=np.int64)
    return value.next_values(states(1, dwell=40.0), zeros, zeros[:1], np.array([0, 1]))


def test_a_contact_costs_what_it_does_to_the_course(journey_of: Callable[..., Journey], columns: Any) -> None:
    journey = journey_of(horizon_days=14.0, discount_per_year=0.5, entry=(0.0, 100.0, 0.0, 0.0))
    features = choose_value_features(columns, states(100, contacts_30d=np.arange(100) % 6))
    weights = np.zeros((len(features.names), 2))
    weights[features.names.index("contacts_30d"), 0] = -0.5  # log-odds of moving forward
    tiring = Course(features=features, weights=weights, towards=directions(4))

    ahead = _ahead(_valued(journey, columns, tiring))
    unhurt = _ahead(_valued(journey, columns, None))

    assert ahead[1, 0] < ahead[0, 0] - 1.0, "one contact more: fewer move on"
    assert unhurt[1, 0] == pytest.approx(unhurt[0, 0]), "that contacted customers are worth less is no reason"
