"""Journey value over k decisions: by hand, with known truth, and refused where the log is silent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.evaluation.off_policy.journey_estimate import LoggedJourneys, evaluate_journeys
from training.evaluation.off_policy.journeys import first_decisions
from training.evaluation.off_policy.off_policy import LoggedDataError

# Two states, two treatments. Treatment 1 pays 1 less at once, and leads to state 1, which pays 4 more.
LOGGING, TARGET = 0.5, 0.8  # P(treatment 1)
DECISIONS = 3


def chain(n: int, rng: np.random.Generator, with_model: bool = True) -> LoggedJourneys:
    """Journeys under the logging policy, and a model of q and v that is wrong by a constant 0.5."""
    state = np.zeros(n, dtype=np.int64)
    columns: list[tuple[np.ndarray, ...]] = []
    for step in range(DECISIONS):
        act = rng.random(n) < LOGGING
        reward = 4.0 * state - act + rng.normal(0, 1, n)
        ahead = later(DECISIONS - step - 1)
        q = 4.0 * state - act + ahead[act.astype(int)] + 0.5
        v = 4.0 * state - TARGET + TARGET * ahead[1] + (1 - TARGET) * ahead[0] + 0.5
        taken = np.where(act, TARGET, 1 - TARGET)
        columns.append((reward, np.full(n, 0.5), taken, q, v))
        state = act.astype(np.int64)
    reward, logged, target, q, v = (np.stack(c, axis=1) for c in zip(*columns, strict=True))
    return LoggedJourneys(
        reward=reward, logged=logged, target=target, q=q if with_model else None, v=v if with_model else None
    )


def later(steps: int) -> np.ndarray:
    """Expected reward of the target over ``steps`` decisions from state 0 and from state 1."""
    worth = np.zeros(2)
    for _ in range(steps):
        worth = 4.0 * np.arange(2) - TARGET + TARGET * worth[1] + (1 - TARGET) * worth[0]
    return worth


TRUTH = float(later(DECISIONS)[0])  # -0.8 + (3.2 - 0.8) + (3.2 - 0.8) = 4.0


def test_two_decisions_by_hand() -> None:
    """Ratios 1.6 and 0.4; half of the journeys each way at both decisions, so every weight sum is n.

    First decision: (1.6·1 + 0.4·0)/2 = 0.8. Second: rewards 2 where both times 1.6 (weight 2.56, a
    quarter of the journeys), else 0: 2.56·2/4 = 1.28. Together 2.08.
    """
    first, second = np.tile([1.0, 1.0, 0.0, 0.0], 100), np.tile([1.0, 0.0, 1.0, 0.0], 100)
    log = LoggedJourneys(
        reward=np.stack((first, 2.0 * first * second), axis=1),
        logged=np.full((400, 2), 0.5),
        target=np.where(np.stack((first, second), axis=1) == 1, 0.8, 0.2),
    )

    value = evaluate_journeys(log, np.random.default_rng(0))

    assert value.estimates["wpdis"].value == pytest.approx(2.08)
    assert value.mean_weight == pytest.approx((1.0, 1.0))
    # Mean of squared weights: (2.56 + 0.16)/2 = 1.36 after one decision, 1.36² after two.
    assert value.effective_sample_size == pytest.approx((400 / 1.36, 400 / 1.36**2))


def test_the_truth_of_a_chain_is_found_and_a_model_narrows_the_interval() -> None:
    assert pytest.approx(4.0) == TRUTH

    value = evaluate_journeys(chain(40_000, np.random.default_rng(1)), np.random.default_rng(2), 300)

    plain, robust = value.estimates["wpdis"], value.estimates["wdr"]
    assert plain.value == pytest.approx(TRUTH, abs=0.12)
    assert robust.value == pytest.approx(TRUTH, abs=0.08)
    assert robust.high - robust.low < 0.8 * (plain.high - plain.low)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """200 logs; binomial noise of the coverage is ± 1.5 %."""
    covered = {"wpdis": 0, "wdr": 0}
    for seed in range(200):
        value = evaluate_journeys(
            chain(1000, np.random.default_rng(seed)), np.random.default_rng(seed + 1000), 200
        )
        for name, estimate in value.estimates.items():
            covered[name] += estimate.low <= TRUTH <= estimate.high

    assert all(0.91 <= count / 200 <= 0.99 for count in covered.values()), covered


def test_following_each_step_by_itself_would_have_missed_it() -> None:
    """Weights of the single decision see a reward of 2 after state 1 half of the time, not 80 %."""
    log = chain(40_000, np.random.default_rng(3), with_model=False)
    ratio = log.target / log.logged

    alone = float((ratio * log.reward).sum(axis=1).mean())

    assert alone < TRUTH - 1.5  # -0.8 + (2 - 0.8) + (2 - 0.8) = 1.6


def test_weights_that_degenerate_are_refused_with_the_longest_journey_that_the_log_carries() -> None:
    rng = np.random.default_rng(4)
    match = rng.random((4000, 3)) < 0.1  # of ten treatments, the target always takes one
    log = LoggedJourneys(
        reward=rng.normal(size=(4000, 3)), logged=np.full((4000, 3), 0.1), target=match.astype(np.float64)
    )

    value = evaluate_journeys(log, np.random.default_rng(0))

    assert value.estimates == {}
    assert "over 2 of 3 decisions" in value.refused[0]  # 4000 → 400 → 40 journeys
    assert "carries 1 decision" in value.refused[0]


def test_journeys_without_probabilities_are_refused() -> None:
    log = chain(500, np.random.default_rng(5))
    blind = replace(log, logged=np.full_like(log.logged, np.nan))

    assert "not identifiable" in evaluate_journeys(blind, np.random.default_rng(0)).refused[0]


def test_wrong_probabilities_are_noticed() -> None:
    log = chain(5000, np.random.default_rng(6))
    wrong = replace(log, logged=np.full_like(log.logged, 0.4))

    assert "average" in evaluate_journeys(wrong, np.random.default_rng(0)).refused[0]


def test_shapes_that_differ_are_an_error() -> None:
    with pytest.raises(LoggedDataError, match="common shape"):
        LoggedJourneys(reward=np.zeros((3, 2)), logged=np.ones((3, 2)), target=np.ones((3, 1)))


def test_every_customer_has_exactly_k_decisions_the_first_ones() -> None:
    customer = np.array([7, 7, 7, 9, 9, 4, 4, 4, 5, 5])
    decided_at = np.array([3, 1, 2, 5, 4, 1, 2, 3, 1, 2])

    at, k, customers = first_decisions(customer, decided_at, 3)

    assert (k, customers) == (2, 4)  # three decisions have only half of the customers
    assert [[int(decided_at[i]) for i in row] for row in at] == [[1, 2], [1, 2], [1, 2], [4, 5]]
