"""Course: what features do to moving on, in every phase alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.learned.features.summary import choose_value_features
from models.learned.transition.course import Course, directions, fit_course
from models.learned.transition.effects import softmax

P = 4


@pytest.fixture
def columns(world: Any) -> Any:
    return world.columns


def _rows(columns: Any, n: int, forward: float, backward: float) -> tuple[Any, ...]:
    """Contacts of the last 30 days change the log-odds of moving forward and backward by so much each."""
    rng = np.random.default_rng(5)
    names = list(columns.customer_names)
    x = np.zeros((n, len(names)), dtype=np.float32)
    contacts = rng.integers(0, 4, n)
    x[:, names.index("contacts_30d")] = contacts
    phase = rng.integers(0, P, n)
    known = np.where(directions(P) == 0, 1.5, 0.0)[phase]
    pull = np.array([0.0, forward, backward])[directions(P)[phase]] * contacts[:, None]
    chance = softmax(known + pull)
    next_phase = (rng.random(n)[:, None] > np.cumsum(chance, axis=1)).sum(axis=1)
    return x, known, phase, next_phase


def _fitted(columns: Any, forward: float, backward: float = 0.0) -> tuple[Course, Any]:
    x, known, phase, next_phase = _rows(columns, 20_000, forward, backward)
    course = fit_course(
        spec=columns, customer_x=x, at=np.arange(len(x)), known=known, phase=phase, next_phase=next_phase
    )
    return course, x


def test_the_price_of_contacts_is_found_with_all_phases_together(columns: Any) -> None:
    course, _ = _fitted(columns, -0.3)
    k = course.features.names.index("contacts_30d")

    assert course.weights[k, 0] / course.features.scale[k] == pytest.approx(-0.3, abs=0.04)


def test_contacts_slow_customers_and_do_not_send_them_back(columns: Any) -> None:
    """Which contacts send customers back is an effect of those treatments."""
    course, _ = _fitted(columns, 0.0, 0.8)

    assert course.weights[course.features.names.index("contacts_30d"), 1] == pytest.approx(0.0, abs=1e-4)


def test_a_record_that_has_only_begun_teaches_no_price_of_contacts(columns: Any) -> None:
    """Customers of a few days move more whoever contacts them, and there was no time yet for contacts."""
    dated = replace(columns, customer_names=(*columns.customer_names, "tenure_days"))
    old_x, *old = _rows(dated, 20_000, 0.0, 0.0)
    new_x, *new = _rows(dated, 10_000, 0.0, 0.0)
    old_x[:, -1], new_x[:, -1] = 100.0, 5.0
    new_x[:, dated.customer_names.index("contacts_30d")] = 0.0
    known, phase, next_phase = (np.concatenate(both) for both in zip(old, new, strict=True))
    eager = (np.arange(30_000) >= 20_000) & (np.arange(30_000) % 3 == 0)
    next_phase = np.where(eager, np.minimum(phase + 1, P - 1), next_phase)

    course = fit_course(
        spec=dated,
        customer_x=np.concatenate((old_x, new_x)),
        at=np.arange(30_000),
        known=known,
        phase=phase,
        next_phase=next_phase,
    )

    k = course.features.names.index("contacts_30d")
    assert course.weights[k, 0] / course.features.scale[k] == pytest.approx(0.0, abs=0.04)


def test_scores_leave_staying_alone_and_survive_json(columns: Any) -> None:
    course, x = _fitted(columns, -0.3)
    phase = np.arange(len(x)) % P
    scores = course.scores(x, phase)

    assert np.all(scores[np.arange(len(x)), phase] == 0.0)
    again = Course.from_json(course.to_json(), P)
    assert np.array_equal(again.scores(x, phase), scores)


def test_a_customers_scores_do_not_depend_on_the_batch_they_are_in(columns: Any) -> None:
    """Bit for bit: training scores a log, the service one customer."""
    rng = np.random.default_rng(7)
    x = rng.exponential(3.0, (300, len(columns.customer_names))).astype(np.float32)
    features = choose_value_features(columns, x)
    weights = rng.normal(size=(len(features.names), 2))
    course = Course(features=features, weights=weights, towards=directions(P))
    phase = rng.integers(0, P, len(x))

    alone = [course.scores(x[i : i + 1], phase[i : i + 1]) for i in range(len(x))]

    assert np.array_equal(np.concatenate(alone), course.scores(x, phase))


def test_further_on_and_further_back_are_those_of_the_journeys_order() -> None:
    assert directions(3).tolist() == [[0, 1, 1], [2, 0, 1], [2, 2, 0]]
