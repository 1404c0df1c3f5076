"""Off-policy evaluation against worlds whose truth is known, and refusals where there is none to be had."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.evaluation.off_policy.bootstrap import poisson_sums, sums_by_customer
from training.evaluation.off_policy.off_policy import (
    LoggedDataError,
    LoggedDecisions,
    difference,
    evaluate,
)

PAYS = np.array([1.0, 3.0, 0.5])  # mean reward of each of three treatments
LOGGING = np.array([0.5, 0.2, 0.3])
TARGET = np.array([0.1, 0.8, 0.1])
GUESS = np.array([0.8, 2.0, 1.0])  # a model that is wrong everywhere
TRUTH = float(PAYS @ TARGET)  # 0.1 + 2.4 + 0.05 = 2.55


def world(n: int, rng: np.random.Generator, noise: float = 1.0) -> LoggedDecisions:
    treatment = rng.choice(3, size=n, p=LOGGING)
    reward = PAYS[treatment] + rng.normal(0, noise, n)
    return LoggedDecisions(
        customer=rng.integers(0, n // 3, n),
        reward=reward,
        logged=LOGGING[treatment],
        target=TARGET[treatment],
        model_logged=GUESS[treatment],
        model_target=np.full(n, GUESS @ TARGET),
    )


def test_ips_and_snips_by_hand() -> None:
    """Weights 1.5 and 0.5: IPS (1.5·4 + 0.5·2)/2 = 3.5; they average one, so SNIPS is the same."""
    log = LoggedDecisions(
        customer=np.arange(200),
        reward=np.tile([4.0, 2.0], 100),
        logged=np.full(200, 0.5),
        target=np.tile([0.75, 0.25], 100),
    )

    value = evaluate(log, np.random.default_rng(0))

    assert value.estimates["ips"].value == pytest.approx(3.5)
    assert value.estimates["snips"].value == pytest.approx(3.5)
    assert value.mean_weight == pytest.approx(1.0)
    assert value.effective_sample_size == pytest.approx(200**2 / (100 * 1.5**2 + 100 * 0.5**2))


def test_the_doubly_robust_estimate_forgives_a_wrong_model_and_the_direct_method_does_not() -> None:
    value = evaluate(world(60_000, np.random.default_rng(1)), np.random.default_rng(2))

    assert value.estimates["dr"].value == pytest.approx(TRUTH, abs=0.04)
    assert abs(value.estimates["dm"].value - TRUTH) > 0.3


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """200 worlds: 95 % intervals hold the truth in 92 to 98 % of them (binomial noise is ± 1.5 %)."""
    covered = {"ips": 0, "snips": 0, "dr": 0}
    for seed in range(200):
        value = evaluate(world(900, np.random.default_rng(seed)), np.random.default_rng(seed + 1000), 300)
        for name in covered:
            covered[name] += value.estimates[name].low <= TRUTH <= value.estimates[name].high

    assert all(0.91 <= count / 200 <= 0.99 for count in covered.values()), covered


def test_a_difference_is_paired() -> None:
    """Two policies that differ in a tenth of the decisions: far narrower than two intervals side by side."""
    log = world(6000, np.random.default_rng(21))
    at_logging = np.full(6000, GUESS @ LOGGING)
    mostly = replace(log, target=log.logged, model_target=at_logging)
    differ = np.random.default_rng(22).random(6000) < 0.1
    other = replace(
        log,
        target=np.where(differ, log.target, log.logged),
        model_target=np.where(differ, GUESS @ TARGET, at_logging),
    )

    gain = difference(other, mostly, np.random.default_rng(23))
    alone = evaluate(mostly, np.random.default_rng(24)).estimates["dr"]

    assert gain.low <= 0.1 * (TRUTH - float(PAYS @ LOGGING)) <= gain.high
    assert gain.high - gain.low < alone.high - alone.low


def test_rows_of_one_customer_are_resampled_together() -> None:
    """100 copies of each row, owned by one customer each, are no more evidence than one."""
    rng = np.random.default_rng(3)
    few = world(600, rng)
    copies = LoggedDecisions(
        customer=np.repeat(np.arange(600), 100),
        reward=np.repeat(few.reward, 100),
        logged=np.repeat(few.logged, 100),
        target=np.repeat(few.target, 100),
    )
    single = LoggedDecisions(customer=np.arange(600), reward=few.reward, logged=few.logged, target=few.target)

    wide = evaluate(copies, np.random.default_rng(4)).estimates["snips"]
    narrow = evaluate(single, np.random.default_rng(4)).estimates["snips"]

    assert wide.high - wide.low == pytest.approx(narrow.high - narrow.low, rel=0.05)


def test_a_log_without_probabilities_is_refused() -> None:
    log = world(3000, np.random.default_rng(5))
    blind = LoggedDecisions(
        customer=log.customer, reward=log.reward, logged=np.full(3000, np.nan), target=log.target
    )

    value = evaluate(blind, np.random.default_rng(6))

    assert value.estimates == {}
    assert "no action probability" in value.refused[0]


def test_a_log_without_exploration_is_refused() -> None:
    log = LoggedDecisions(
        customer=np.arange(500),
        reward=np.ones(500),
        logged=np.ones(500),
        target=np.tile([0.0, 1.0], 250),
    )

    assert "never explored" in evaluate(log, np.random.default_rng(0)).refused[0]


def test_one_row_that_weighs_as_much_as_all_others_is_refused() -> None:
    logged = np.full(5000, 0.5)
    logged[17] = 1e-6
    log = LoggedDecisions(
        customer=np.arange(5000), reward=np.ones(5000), logged=logged, target=np.full(5000, 0.5)
    )

    value = evaluate(log, np.random.default_rng(0))

    assert value.estimates == {}
    assert any("carries" in reason for reason in value.refused)


@pytest.mark.parametrize(
    ("logged", "target", "text"),
    [(0.0, 0.5, "outside"), (1.2, 0.5, "outside"), (0.5, 1.5, r"\[0, 1\]"), (0.5, np.nan, "finite")],
)
def test_probabilities_that_cannot_be_are_an_error(logged: float, target: float, text: str) -> None:
    with pytest.raises(LoggedDataError, match=text):
        LoggedDecisions(
            customer=np.arange(3), reward=np.ones(3), logged=np.full(3, logged), target=np.full(3, target)
        )


def test_the_matrix_bootstrap_is_the_bootstrap() -> None:
    """Variance of a total over Poisson-weighted customers is the sum of squares of the customers' sums."""
    sums = sums_by_customer(np.array([0, 0, 1, 2]), np.array([[1.0], [2.0], [4.0], [1.0]]))
    drawn = poisson_sums(sums, np.random.default_rng(0), 40_000)

    assert sums.ravel().tolist() == [3.0, 4.0, 1.0]
    assert drawn.var() == pytest.approx(9 + 16 + 1, rel=0.03)


@pytest.mark.parametrize(("n", "refused"), [(99, True), (100, False)])
def test_fewer_than_a_hundred_effective_decisions_are_too_little(n: int, refused: bool) -> None:
    """Equal weights: the effective sample is the number of decisions."""
    log = LoggedDecisions(
        customer=np.arange(n), reward=np.ones(n), logged=np.full(n, 0.5), target=np.full(n, 0.5)
    )
    value = evaluate(log, np.random.default_rng(0))

    assert any(f"effective sample of {n} decisions" in reason for reason in value.refused) is refused
    assert bool(value.estimates) is not refused


def test_many_rows_that_weigh_nothing_are_no_evidence() -> None:
    """Ten thousand decisions, of which 50 carry all weight."""
    target = np.zeros(10_000)
    target[:50] = 1.0
    log = LoggedDecisions(
        customer=np.arange(10_000), reward=np.ones(10_000), logged=np.full(10_000, 0.005), target=target
    )
    value = evaluate(log, np.random.default_rng(0))

    assert "effective sample of 50 decisions, at least 100 are needed" in value.refused[0]
    assert not value.estimates


@pytest.mark.parametrize(("factor", "refused"), [(1.0, False), (1.25, True), (0.8, True)])
def test_weights_that_do_not_average_one_are_refused(factor: float, refused: bool) -> None:
    """The log states each probability ``factor`` times too high, so the weights average 1 / factor."""
    log = world(20_000, np.random.default_rng(4))
    stated = replace(log, logged=log.logged * factor)
    value = evaluate(stated, np.random.default_rng(0))

    assert value.mean_weight == pytest.approx(1 / factor, rel=0.03)
    assert any("should average 1" in reason for reason in value.refused) is refused
    assert bool(value.estimates) is not refused
