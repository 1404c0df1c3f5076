"""Made-up states and what they are worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.domain.journey import Journey
from models.learned.transition.course import Course
from models.learned.value.fit import fit_journey_value
from models.learned.value.model import JourneyValue

WARMTH = 6


CONTACTS_30D = 4


World = Any


def states(n: int, **values: NDArray[Any]) -> NDArray[Any]:
    """n customers who differ in what is named only."""
    x = np.ones((n, 7), dtype=np.float32)
    for name, value in values.items():
        x[:, {"dwell": 1, "contacts_30d": CONTACTS_30D, "since": 5, "warmth": WARMTH}[name]] = value
    return x


def half_a_year_each(journey_of: Callable[..., Journey], **more: Any) -> Journey:
    """One step halves a EUR: horizon 365 days, one EUR in a year is worth 0.5."""
    return journey_of(horizon_days=365.0, discount_per_year=0.5, **more)


def valued(journey: Journey, columns: Any, course: Course | None) -> JourneyValue:
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


def worth_ahead(value: JourneyValue) -> Any:
    """Value by next phase, without and with a contact: shape (2, P)."""
    zeros = np.zeros(2, dtype=np.int64)
    return value.next_values(states(1, dwell=40.0), zeros, zeros[:1], np.array([0, 1]))
