"""The value of a policy that never decided: right where the truth is known, else refused."""

from __future__ import annotations

import numpy as np
import pytest

from models.measures.off_policy import PolicyEstimate, policy_estimate
from training.evaluation.off_policy.off_policy import LoggedDecisions, evaluate


def world(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Two actions by chances that customers differ in; the second brings 1 EUR, the policy prefers it."""
    rng = np.random.default_rng(seed)
    customer = np.repeat(np.arange(n // 2), 2).astype(np.uint64)
    p = rng.choice([0.3, 0.5, 0.7], n)
    second = rng.random(n) < p
    reward = np.where(second, 1.0, 0.0) + rng.normal(0, 0.5, n)
    return reward, np.where(second, p, 1 - p), np.where(second, 0.9, 0.1), customer


def found(n: int, seed: int = 0) -> PolicyEstimate:
    return policy_estimate(*world(n, seed))


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    estimates = [found(2_000, seed) for seed in range(200)]
    held = [one.policy is not None and one.policy.low <= 0.9 <= one.policy.high for one in estimates]

    assert 0.91 <= np.mean(held) <= 0.99


def test_the_value_is_that_of_the_training_s_estimator() -> None:
    reward, logged, target, customer = world(2_000)
    log = LoggedDecisions(
        reward=reward,
        logged=logged,
        target=target,
        customer=customer.astype(np.int64),
    )
    theirs = evaluate(log, np.random.default_rng(0), 50)
    ours = policy_estimate(reward, logged, target, customer)

    assert ours.policy is not None
    assert ours.policy.value == pytest.approx(theirs.estimates["snips"].value)
    assert ours.effective == pytest.approx(theirs.effective_sample_size)


def test_a_policy_that_does_what_was_done_differs_by_nothing() -> None:
    reward, logged, _, customer = world(2_000)

    same = policy_estimate(reward, logged, logged, customer)

    assert same.difference is not None
    assert (same.difference.value, same.difference.low, same.difference.high) == pytest.approx((0, 0, 0))


@pytest.mark.parametrize(
    ("rows", "reward", "logged", "target", "code"),
    [
        (80, 1.0, 0.5, 0.5, "too_little_evidence"),
        (400, 0.0, 0.5, 0.5, "too_rare"),
        (400, 1.0, 0.5, 0.1, "no_overlap"),
        (400, 1.0, 0.5, 0.0, "too_little_evidence"),
    ],
)
def test_where_nothing_can_be_said_it_says_why(
    rows: int, reward: float, logged: float, target: float, code: str
) -> None:
    columns = (np.full(rows, value) for value in (reward, logged, target))

    refused = policy_estimate(*columns, np.arange(rows, dtype=np.uint64)).refused

    assert refused is not None
    assert refused.to_json()["code"] == code
