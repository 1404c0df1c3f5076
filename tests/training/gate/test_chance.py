"""Chance: what is allowed on few rows, and when two populations are no longer the same."""

from __future__ import annotations

import numpy as np
import pytest

from training.gate.chance import calibration_allowance, code_stability_index, stability_index
from training.metrics import calibration_error


@pytest.mark.parametrize(("rows", "limit"), [(400, 0.0), (2_000, 0.01), (20_000, 0.02)])
def test_a_model_that_is_just_allowed_passes_19_times_in_20(rows: int, limit: float) -> None:
    """True rates are off by exactly ``limit``; 400 samples, so the share has a standard error of 0.011."""
    rng = np.random.default_rng(1)
    probability = rng.uniform(0.05, 0.3, rows)
    allowed = calibration_allowance(probability, limit)
    errors = [
        calibration_error((rng.random(rows) < probability + limit).astype(int), probability)
        for _ in range(400)
    ]

    assert 0.91 < np.mean(np.array(errors) <= allowed) < 0.98


def test_a_model_that_is_far_off_is_found_on_few_rows() -> None:
    rng = np.random.default_rng(2)
    probability = rng.uniform(0.05, 0.3, 2_000)
    allowed = calibration_allowance(probability, 0.01)

    error = calibration_error((rng.random(2_000) < probability + 0.1).astype(int), probability)

    assert error > allowed


def test_many_rows_leave_the_limit_alone() -> None:
    assert calibration_allowance(np.full(10**6, 0.1), 0.01) == pytest.approx(0.01, abs=0.0006)
    assert calibration_allowance(np.zeros(0), 0.01) == 1.0


def test_the_stability_index_of_a_shift_worked_by_hand() -> None:
    """Halves 0.5/0.5 become 0.25/0.75: 0.25·ln(0.5)·(-1) + 0.25·ln(1.5) = 0.2747."""
    index = code_stability_index(np.array([0, 1] * 50), np.array([0, 1, 1, 1] * 25), 2)

    assert index == pytest.approx(0.25 * np.log(2) + 0.25 * np.log(1.5))


def test_the_stability_index_sees_a_shift_and_missing_values_but_not_chance() -> None:
    rng = np.random.default_rng(3)
    before = rng.normal(0, 1, 20_000)
    half_missing = np.where(rng.random(20_000) < 0.5, np.nan, rng.normal(0, 1, 20_000))

    assert stability_index(before, rng.normal(0, 1, 20_000)) < 0.01
    assert stability_index(before, rng.normal(1, 1, 20_000)) > 0.5
    assert stability_index(before, half_missing) > 1
    assert stability_index(np.full(10, np.nan), np.full(10, np.nan)) == pytest.approx(0)
    assert stability_index(np.zeros(0), before) == 0
