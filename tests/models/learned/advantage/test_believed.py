"""What is at stake where phases are believed, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.learned.advantage.belief import PhaseBelief
from models.learned.advantage.believed import Believed, next_phases, outlook

MOVES = np.array([[0.5, 0.5, 0.0], [0.0, 0.9, 0.1], [0.0, 0.0, 1.0]]) + 1e-12
REWARD = np.array([[0.0, 10.0, 0.0], [0.0, 0.0, 0.0]])
UP = np.array([[False, True, False], [False, False, False]])
AFTER = np.zeros((1, 3))
NO_SLOPES = np.zeros((1, 3))


def test_next_phases_are_those_of_all_that_are_believed_in() -> None:
    """0.8 in the first, 0.2 in the second: 0.4, 0.4 + 0.18, 0.02."""
    belief, x = np.array([[0.8, 0.2, 0.0]]), np.ones((1, 1))

    assert next_phases(belief, MOVES, NO_SLOPES, x)[0] == pytest.approx([0.4, 0.58, 0.02])
    liked = next_phases(belief, MOVES, np.array([[0.0, np.log(2.0), 0.0]]), x)
    assert liked[0] == pytest.approx(np.array([0.4, 1.16, 0.02]) / 1.58)


def test_only_the_phase_that_can_move_up_has_something_at_stake() -> None:
    """Up from the first phase, where 0.8 are: 0.4; of them each earns 10, the phase's mean is 5."""
    belief = np.array([[0.8, 0.2, 0.0]])
    chance = next_phases(belief, MOVES, NO_SLOPES, np.zeros((1, 1)))

    found = outlook(belief, MOVES, chance, REWARD, UP, np.ones(1), AFTER)

    assert found.up == pytest.approx([0.4])
    assert found.stake == pytest.approx([0.8 * 0.5 * (10 - 5)])
    assert found.variance == pytest.approx([0.4 * 100 - 16.0])


def test_twice_the_margin_is_twice_the_stake() -> None:
    belief = np.array([[1.0, 0.0, 0.0]])
    chance = next_phases(belief, MOVES, NO_SLOPES, np.zeros((1, 1)))

    one, two = (outlook(belief, MOVES, chance, REWARD, UP, np.array([f]), AFTER).stake for f in (1.0, 2.0))

    assert two == pytest.approx(2 * one)


def test_it_comes_back_from_its_files() -> None:
    believed = Believed(
        filter=PhaseBelief(start=MOVES[0], moves=MOVES, stated=np.eye(3)), slopes=np.ones((2, 3))
    )

    again = Believed.from_files(believed.to_files())

    assert again is not None
    assert again.to_files() == believed.to_files()
    assert Believed.from_files({}) is None
