"""What a contact costs is what it does to the course of the phases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models.domain.journey import Journey
from models.learned.features.summary import choose_value_features
from models.learned.transition.course import Course, directions
from tests.models.learned.value.worlds import states, valued, worth_ahead


def test_a_contact_costs_what_it_does_to_the_course(journey_of: Callable[..., Journey], columns: Any) -> None:
    journey = journey_of(horizon_days=14.0, discount_per_year=0.5, entry=(0.0, 100.0, 0.0, 0.0))
    features = choose_value_features(columns, states(100, contacts_30d=np.arange(100) % 6))
    weights = np.zeros((len(features.names), 2))
    weights[features.names.index("contacts_30d"), 0] = -0.5  # log-odds of moving forward
    tiring = Course(features=features, weights=weights, towards=directions(4))

    ahead = worth_ahead(valued(journey, columns, tiring))
    unhurt = worth_ahead(valued(journey, columns, None))

    assert ahead[1, 0] < ahead[0, 0] - 1.0, "one contact more: fewer move on"
    assert unhurt[1, 0] == pytest.approx(unhurt[0, 0]), "that contacted customers are worth less is no reason"
