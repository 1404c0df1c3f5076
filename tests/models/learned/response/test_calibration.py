"""The calibration curve between and beyond its knots."""

from __future__ import annotations

import numpy as np

from models.learned.response.calibration import IDENTITY, Knots


def test_beyond_the_knots_the_curve_goes_on_no_steeper_than_one() -> None:
    knots = Knots(np.array([-1.0, 1.0]), np.array([-0.5, 0.5]))

    assert knots.apply(np.array([-3.0, 0.0, 2.0])).tolist() == [-1.5, 0.0, 1.0]


def test_a_curve_without_knots_changes_nothing() -> None:
    assert IDENTITY.apply(np.array([-3.0, 8.0])).tolist() == [-3.0, 8.0]


def test_a_single_knot_moves_every_score_alike() -> None:
    knots = Knots(np.array([1.0]), np.array([3.0]))

    assert knots.apply(np.array([0.0, 1.0, 5.0])).tolist() == [2.0, 3.0, 7.0]


def test_a_flat_curve_stays_flat_beyond_its_knots() -> None:
    knots = Knots(np.array([0.0, 1.0]), np.array([2.0, 2.0]))

    assert knots.apply(np.array([-5.0, 9.0])).tolist() == [2.0, 2.0]
