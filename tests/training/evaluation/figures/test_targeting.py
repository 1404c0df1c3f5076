"""Curves and areas, held against scikit-uplift 0.5.1 and against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.arrays import Floats, Ints
from training.evaluation.figures.targeting import areas, qini_coefficient, qini_curve, uplift_curve


@pytest.fixture(scope="module")
def experiment() -> tuple[Floats, Ints, Floats]:
    """400 customers, two fifths treated, many equal scores; treating helps those with a positive score."""
    rng = np.random.default_rng(11)
    score = np.round(rng.normal(size=400), 1)
    treated = (rng.random(400) < 0.4).astype(np.int64)
    outcome = (rng.random(400) < 0.2 + 0.2 * treated * (score > 0)).astype(np.float64)
    return outcome, treated, score


def test_the_uplift_curve_is_that_of_scikit_uplift(experiment: tuple[Floats, Ints, Floats]) -> None:
    """``sklift.metrics.uplift_curve`` and ``sklearn.metrics.auc`` of it."""
    curve = uplift_curve(*experiment)

    assert len(curve.customers) == 51
    assert curve.customers[:5].tolist() == [0, 1, 2, 4, 6]
    assert curve.gain[:5] == pytest.approx([0.0, 0.0, 2.0, 2.66666667, 3.6])
    assert curve.gain[-1] == pytest.approx(32.32736572890026)
    assert curve.area * 400**2 == pytest.approx(12443.901958827202)


def test_the_qini_curve_is_that_of_scikit_uplift(experiment: tuple[Floats, Ints, Floats]) -> None:
    """``sklift.metrics.qini_curve`` and ``qini_auc_score``."""
    curve = qini_curve(*experiment)

    assert curve.gain[:5] == pytest.approx([0.0, 0.0, 1.0, 0.66666667, 0.6])
    assert curve.gain[-1] == pytest.approx(13.73913043478261)
    assert curve.area * 400**2 == pytest.approx(5228.683436900157)
    assert qini_coefficient(*experiment) == pytest.approx(0.1747168233860312)


def test_the_best_order_has_a_coefficient_of_one(experiment: tuple[Floats, Ints, Floats]) -> None:
    outcome, treated, _ = experiment

    assert qini_coefficient(outcome, treated, outcome * treated - outcome * (1 - treated)) == 1.0


def test_money_has_no_best_possible_order(experiment: tuple[Floats, Ints, Floats]) -> None:
    outcome, treated, score = experiment

    with pytest.raises(ValueError, match="needs outcomes of 0 or 1"):
        qini_coefficient(outcome * 20, treated, score)
    assert qini_curve(outcome * 20, treated, score).area == pytest.approx(
        20 * qini_curve(outcome, treated, score).area
    )


def test_areas_of_known_gains_are_worked_out_by_hand() -> None:
    """Gains 4, 2, 0, -2 in that order: acting on the best k of 4 gains 0, 4, 6, 6, 4, over 4 customers.

    The area is the mean of trapezoids: (2 + 5 + 6 + 5) / 4 / 4 = 1.125; the straight line has 0.5 of it.
    """
    gain = np.array([4.0, 2.0, 0.0, -2.0])
    found = areas(np.arange(4), gain, np.array([9.0, 3.0, 2.0, 1.0]), np.random.default_rng(1), 100)

    assert found.auuc.value == pytest.approx(1.125)
    assert found.qini.value == pytest.approx(0.625)
    assert found.ends.value == pytest.approx(1.0)


def test_equal_scores_are_any_order() -> None:
    found = areas(np.arange(4), np.array([4.0, 2.0, 0.0, -2.0]), np.zeros(4), np.random.default_rng(1), 100)

    assert found.qini.value == pytest.approx(0.0)


def test_intervals_hold_the_truth_in_most_logs() -> None:
    """A score that knows half of what moves the gain: the true Qini area is cov(gain, 0.5 - place)."""
    rng = np.random.default_rng(4)
    score = rng.random(200_000)
    truth = float((score * (score - 0.5)).mean())  # gain = score + noise; place = 1 - score
    held = 0
    for _ in range(100):
        score = rng.random(500)
        gain = score + rng.normal(scale=2.0, size=500)
        found = areas(np.arange(500), gain, score, rng, 200)
        held += found.qini.low <= truth <= found.qini.high
    assert held >= 88
