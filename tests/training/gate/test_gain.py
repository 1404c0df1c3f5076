"""Gain over the champion: right on a log with known truth, and silent where the log cannot tell."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from training.gate.gain import paired_gain
from training.rows.rows import DecisionRows

WORTH = np.array([0.0, 1.0, 3.0])  # EUR that each treatment brings on average
N = 6_000


def log(rng: np.random.Generator, probabilities: Any = (0.4, 0.3, 0.3)) -> DecisionRows:
    """Decisions of 2,000 customers drawn with known probabilities; every reward has a spread of 2 EUR."""
    share = np.asarray(probabilities)
    treatment = rng.choice(3, N, p=share)
    known = {
        "customer": np.arange(N) % 2_000,
        "treatment": treatment.astype(np.int32),
        "action_probability": share[treatment],
        "reward": WORTH[treatment] + rng.normal(0, 2, N),
    }
    rest = {f.name: np.zeros(N, dtype=np.int64) for f in fields(DecisionRows) if f.name not in known}
    return DecisionRows(**known, **rest)


def gain(rows: DecisionRows, ours: int, theirs: int, expected: float = 0.0, **options: Any) -> Any:
    chosen = [np.full(N, treatment) for treatment in (ours, theirs)]
    model = np.full((N, 3), expected)
    return paired_gain(rows, chosen[0], chosen[1], model, np.random.default_rng(5), 300, **options)


def test_the_interval_holds_the_true_difference() -> None:
    """2 brings 3 EUR, 1 brings 1 EUR: 2 EUR more; in 19 of 20 logs the interval says so."""
    found = [gain(log(np.random.default_rng(seed)), 2, 1).estimate for seed in range(60)]

    assert np.mean([each.low <= 2.0 <= each.high for each in found]) > 0.88
    assert np.mean([each.value for each in found]) == pytest.approx(2.0, abs=0.05)


def test_a_wrong_reward_model_does_not_change_the_answer() -> None:
    rows = log(np.random.default_rng(1))

    assert gain(rows, 2, 1, expected=7.0).estimate.value == pytest.approx(2.0, abs=0.8)


def test_where_both_do_the_same_the_difference_is_exactly_nothing() -> None:
    same = gain(log(np.random.default_rng(1)), 2, 2)

    assert (same.estimate.low, same.estimate.value, same.estimate.high) == (0, 0, 0)
    assert same.differ == 0


def test_a_part_is_judged_on_its_own_rows() -> None:
    part = np.arange(N) < 3_000

    assert gain(log(np.random.default_rng(1)), 2, 1, part=part).rows == 3_000


@pytest.mark.parametrize(
    ("probabilities", "stated", "why"),
    [
        ((0.99, 0.005, 0.005), None, "effective sample"),
        ((0.4, 0.3, 0.3), np.nan, "no action probability"),
        ((0.4, 0.3, 0.3), 1.0, "never explored"),
        ((1.0, 0.0, 0.0), None, "never took"),
    ],
)
def test_it_says_why_a_log_cannot_tell(probabilities: Any, stated: float | None, why: str) -> None:
    rows = log(np.random.default_rng(1), probabilities)
    if stated is not None:
        rows.action_probability[:] = stated

    found = gain(rows, 2, 1)

    assert found.estimate is None
    assert why in found.refused


def test_probabilities_of_another_policy_are_found_out() -> None:
    """The log says 0.3 for a treatment that was taken in 0.1 of the cases: its weights do not balance."""
    rows = log(np.random.default_rng(1), (0.4, 0.5, 0.1))
    rows.action_probability[:] = 0.3

    assert "not those of the policy" in gain(rows, 2, 1).refused
