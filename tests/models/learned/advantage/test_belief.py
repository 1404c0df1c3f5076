"""The belief over phases, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.learned.advantage.belief import UNKNOWN, PhaseBelief, certain

FILTER = PhaseBelief(
    start=np.array([0.5, 0.5, 0.0]),
    moves=np.array([[0.8, 0.2, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    stated=np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.0, 0.0, 1.0]]),
)


def test_a_statement_is_believed_as_far_as_statements_are_right() -> None:
    assert FILTER.now(np.array([[0]]))[0] == pytest.approx([0.9, 0.1, 0.0], abs=1e-9)
    assert FILTER.confusion == pytest.approx(0.1)


def test_a_move_that_cannot_happen_is_doubted() -> None:
    """Nobody comes back from the second phase: 0.08 × 0.9 against 0.92 × 0.1 after a sure second phase."""
    after = FILTER.next(np.array([[0.1, 0.9, 0.0]]), np.array([0]))

    assert after[0] == pytest.approx([0.072 / 0.164, 0.092 / 0.164, 0.0], abs=1e-9)


def test_statements_of_earlier_steps_count_and_unknown_ones_do_not() -> None:
    once = FILTER.now(np.array([[1]]))

    assert FILTER.now(np.array([[UNKNOWN, UNKNOWN, 1]])).tolist() == once.tolist()
    assert FILTER.now(np.array([[1, 0]])) == pytest.approx(FILTER.next(once, np.array([0])))
    assert FILTER.now(np.array([[1, 1]]))[0, 1] > once[0, 1]


def test_the_belief_of_a_customer_does_not_depend_on_who_else_is_asked() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(-1, 12, (50, 6))
    many = PhaseBelief(
        start=rng.dirichlet(np.ones(13)),
        moves=rng.dirichlet(np.ones(13), 13),
        stated=rng.dirichlet(np.ones(13), 13),
    )

    together = many.now(labels)

    for k in range(50):
        alone, again = (many.now(labels[k : k + 1]) for _ in range(2))
        np.testing.assert_array_equal(alone[0], together[k])
        alone += 1.0  # nobody else sees what is done to it
        np.testing.assert_array_equal(again[0], together[k])
        np.testing.assert_array_equal(many.now(labels[k : k + 1])[0], together[k])


def test_a_filter_comes_back_from_its_files() -> None:
    again = PhaseBelief.from_files(FILTER.to_files())

    assert again.to_files() == FILTER.to_files()
    np.testing.assert_array_equal(again.moves, FILTER.moves)


def test_labels_that_are_certain_are_taken_at_their_word() -> None:
    assert certain(np.array([1, 2]), 2).tolist() == [[0, 1, 0], [0, 0, 1]]
