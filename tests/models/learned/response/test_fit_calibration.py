"""After calibration a score means what it says, and the order of customers stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.domain.journey import Journey
from models.learned.response.calibration import IDENTITY
from models.learned.response.fit_calibration import fit_knots, fit_shifts
from models.learned.response.tables import CellGrid

numbers = st.floats(-5, 5, allow_nan=False, width=32)


def chance(log_odds: NDArray[Any]) -> NDArray[Any]:
    return 1 / (1 + np.exp(-log_odds))


@given(st.lists(st.tuples(numbers, st.booleans()), max_size=200), st.lists(numbers, min_size=2, max_size=20))
def test_the_curve_never_turns_an_order_around(rows: list[tuple[float, bool]], asked: list[float]) -> None:
    score = np.array([s for s, _ in rows], dtype=np.float64)
    knots = fit_knots(score, np.array([int(y) for _, y in rows], dtype=np.int64))

    calibrated = knots.apply(np.sort(np.array(asked, dtype=np.float64)))

    assert np.all(np.diff(calibrated) >= -1e-12)


def test_the_curve_goes_through_the_pooled_bins() -> None:
    """Two bins of 25 in the wrong order, 20 then 5 positives, are one level: (25 + 10) / (50 + 20) with the
    20 pseudo rows at a chance of one half."""
    score = np.repeat([-1e-6, 1e-6], 25)
    label = np.concatenate((np.arange(25) < 20, np.arange(25) < 5)).astype(np.int64)

    knots = fit_knots(score, label)

    assert knots.score == pytest.approx([0.0], abs=1e-12)
    assert chance(knots.log_odds) == pytest.approx([35 / 70], abs=1e-6)


def test_without_rows_nothing_changes() -> None:
    score = np.array([-3.0, 0.0, 8.0])

    assert fit_knots(np.empty(0), np.empty(0, dtype=np.int64)).apply(score).tolist() == score.tolist()
    assert IDENTITY.apply(score).tolist() == score.tolist()


def test_an_overconfident_score_is_set_right() -> None:
    """The score says twice the true log-odds and a bit more: off by 0.1 before, by under 0.01 after."""
    rng = np.random.default_rng(3)
    truth = rng.normal(-2.0, 1.0, 40_000)
    score = 2.0 * truth + 1.0
    label = (rng.random(40_000) < chance(truth)).astype(np.int64)

    knots = fit_knots(score[:20_000], label[:20_000])

    assert np.mean(np.abs(chance(score[20_000:]) - chance(truth[20_000:]))) > 0.04
    assert np.mean(np.abs(chance(knots.apply(score[20_000:])) - chance(truth[20_000:]))) < 0.01


def test_an_action_that_is_off_is_shifted_and_the_others_are_not(journey_of: Callable[..., Journey]) -> None:
    journey, rng = journey_of(), np.random.default_rng(4)
    n, off = 30_000, journey.treatment_index["a0", "email"]
    phase, treatment = rng.integers(0, 4, n), rng.integers(1, len(journey.treatments), n)
    score = rng.normal(-2.0, 0.5, n)
    label = (rng.random(n) < chance(score + 0.8 * (treatment == off))).astype(np.int64)

    shift = fit_shifts(CellGrid(journey), score=score, phase=phase, treatment=treatment, label=label)

    table = shift.log_odds.reshape(4, -1)
    assert table[:, off] == pytest.approx(0.8, abs=0.25)
    assert np.abs(table[:, 1:off]).max(initial=0.0) < 0.3
    assert np.abs(np.delete(table[:, 1:], off - 1, axis=1)).mean() < 0.08


def test_a_score_that_is_right_is_left_alone(journey_of: Callable[..., Journey]) -> None:
    journey, rng = journey_of(), np.random.default_rng(5)
    n = 30_000
    phase, treatment = rng.integers(0, 4, n), rng.integers(1, len(journey.treatments), n)
    score = rng.normal(-2.0, 0.5, n)
    label = (rng.random(n) < chance(score)).astype(np.int64)

    shift = fit_shifts(CellGrid(journey), score=score, phase=phase, treatment=treatment, label=label)

    assert np.abs(shift.log_odds).mean() < 0.05
