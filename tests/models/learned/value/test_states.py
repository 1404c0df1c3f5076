"""States are thinned out evenly, and candidates sorted by state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models.domain.journey import Journey
from models.learned.value.states import choose_states, make_problem


def test_many_states_are_thinned_out_within_each_phase() -> None:
    phase = np.repeat([0, 1, 2], [9_000, 900, 100])

    chosen = choose_states(phase, 1_000)

    assert len(chosen) == 1_000
    assert np.bincount(phase[chosen]) == pytest.approx([900, 90, 10], abs=1)
    assert np.all(np.diff(chosen) > 0)


def test_candidates_are_sorted_by_state_and_pay_for_entering(journey_of: Callable[..., Journey]) -> None:
    """Candidate 1 of the second state enters p3 (100 EUR) with 1/4, at 3 EUR now: 28 EUR."""
    problem = make_problem(
        journey_of(),
        np.array([0, 2]),
        np.array([1, 0, 1]),
        np.array([0, 0, 1]),
        np.array([0.0, 0.0, 3.0]),
        np.array([[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0.75, 0.25]]),
        10,
    )

    assert problem.row.tolist() == [0, 1, 1]
    assert problem.reward.tolist() == [0.0, 0.0, 28.0]
    assert problem.best(problem.reward).tolist() == [0.0, 28.0]
    assert problem.chosen(problem.reward).tolist() == [0, 2]


def test_who_stays_is_not_paid_for_entering(journey_of: Callable[..., Journey]) -> None:
    problem = make_problem(
        journey_of(), np.array([3]), np.zeros(1, int), np.zeros(1, int), np.zeros(1), np.eye(4)[[3]], 10
    )

    assert problem.reward.tolist() == [0.0]


def test_what_has_been_paid_for_good_is_no_reward(journey_of: Callable[..., Journey]) -> None:
    """Two states of phase 0 with one candidate each; the second has been in phase 1, worth 100 EUR."""
    journey = journey_of(entry=(0.0, 100.0, 10.0, 0.0))
    arguments: Any = {
        "journey": journey,
        "phase": np.zeros(2, dtype=np.int64),
        "row": np.array([0, 1]),
        "treatment": np.array([0, 0]),
        "immediate": np.zeros(2),
        "probabilities": np.tile([0.5, 0.3, 0.2, 0.0], (2, 1)),
        "maximum": 10,
    }
    paid = np.array([[False] * 4, [False, True, False, False]])

    each, once = make_problem(**arguments), make_problem(**arguments, paid=paid)

    np.testing.assert_allclose(each.reward, [32.0, 32.0])
    np.testing.assert_allclose(once.reward, [32.0, 2.0])
    np.testing.assert_allclose(once.entry, [0.0, 50.0, 10.0, 0.0])
