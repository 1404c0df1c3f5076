"""Gamma intervals of rare rewards: worked by hand, and how often they hold the truth."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.off_policy.rare_rewards import effective_events, gamma_interval


def test_events_of_equal_worth_have_the_exact_poisson_interval() -> None:
    """Ten events in a thousand rows: Garwood's 95 % interval of ten is 4.795 to 18.390."""
    reward = np.zeros(1_000)
    reward[:10] = 1.0

    found = gamma_interval(np.arange(1_000), np.ones(1_000), reward)

    assert found.value == pytest.approx(0.010)
    assert found.low * 1_000 == pytest.approx(4.795, abs=0.001)
    assert found.high * 1_000 == pytest.approx(18.390, abs=0.001)


def test_without_any_event_the_upper_end_needs_to_know_what_one_would_bring() -> None:
    """No event in a hundred rows, 10 EUR each: 10 × 3.689 / 100, the exact Poisson limit of none."""
    rows = (np.arange(100), np.ones(100), np.zeros(100))

    known, unknown = gamma_interval(*rows, usual=10.0), gamma_interval(*rows)

    assert (known.value, known.low) == (0.0, 0.0)
    assert known.high == pytest.approx(0.3689, abs=0.0001)
    assert unknown.high == np.inf


def test_rows_of_one_customer_are_one_event() -> None:
    reward = np.array([5.0, 5.0, 5.0, 5.0])

    assert effective_events(np.array([1, 1, 1, 2]), np.ones(4), reward) == pytest.approx(1.6)
    own, shared = (gamma_interval(np.array(c), np.ones(4), reward) for c in ([1, 2, 3, 4], [1, 1, 2, 2]))
    assert shared.high - shared.low > own.high - own.low


def test_a_doubly_robust_estimate_moves_the_whole_interval() -> None:
    reward = np.array([0.0, 10.0, 0.0, 20.0])
    plain = gamma_interval(np.arange(4), np.ones(4), reward)
    moved = gamma_interval(np.arange(4), np.ones(4), reward, shift=-1.0)

    assert moved.low == pytest.approx(plain.low - 1)
    assert moved.high == pytest.approx(plain.high - 1)


def test_negative_rewards_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        gamma_interval(np.arange(2), np.ones(2), np.array([1.0, -1.0]))


@pytest.mark.parametrize("far", [False, True], ids=["near the logging policy", "far from it"])
def test_the_interval_holds_the_truth_in_93_of_100_logs_of_rare_large_rewards(far: bool) -> None:
    """0.3 % of decisions bring about 2,600 EUR, three decisions a customer, 300 logs."""
    held = [_holds(np.random.default_rng([far, log]), far) for log in range(300)]

    assert np.mean(held) >= 0.93


def _holds(rng: np.random.Generator, far: bool) -> bool:
    n, actions, share = 12_000, 8, 0.3
    context = rng.integers(0, 6, n)
    usual = (3 * context) % actions
    probability = np.full((n, actions), share / actions)
    probability[np.arange(n), usual] += 1 - share
    taken = np.where(rng.random(n) < share, rng.integers(0, actions, n), usual)
    lift = np.exp(0.5 * np.sin(1 + 2 * np.arange(6)[:, None] + 1.7 * np.arange(actions)[None, :]))
    chance = 0.003 * lift / lift.mean()
    target = (context + 1) % actions if far else usual
    weight = (taken == target) / probability[np.arange(n), taken]
    margin = 2_600 * np.exp(0.35 * rng.standard_normal(n) - 0.35**2 / 2)
    reward = (rng.random(n) < chance[context, taken]) * margin
    every = np.arange(6)
    aim = (every + 1) % actions if far else (3 * every) % actions
    truth = 2_600 * chance[every, aim].mean()

    found = gamma_interval(np.arange(n) // 3, weight, reward)
    return found.low <= truth <= found.high
