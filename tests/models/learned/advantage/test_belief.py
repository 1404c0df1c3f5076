"""The belief over phases, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.learned.advantage.belief import PhaseBelief, certain

FILTER = PhaseBelief(
    start=np.array([0.5, 0.5, 0.0]),
    moves=np.array([[0.8, 0.2, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    stated=np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.0, 0.0, 1.0]]),
)


def test_a_statement_is_believed_as_far_as_statements_are_right() -> None:
    assert FILTER.first(np.array([0]))[0] == pytest.approx([0.9, 0.1, 0.0])
    assert FILTER.confusion == pytest.approx(0.1)


def test_a_move_that_cannot_happen_is_doubted() -> None:
    """Nobody comes back from the second phase: 0.08 × 0.9 against 0.92 × 0.1 after a sure second phase."""
    after = FILTER.next(np.array([[0.1, 0.9, 0.0]]), np.array([0]))

    assert after[0] == pytest.approx([0.072 / 0.164, 0.092 / 0.164, 0.0], abs=1e-9)


def test_labels_that_are_certain_are_taken_at_their_word() -> None:
    assert certain(np.array([1, 2]), 2).tolist() == [[0, 1, 0], [0, 0, 1]]
