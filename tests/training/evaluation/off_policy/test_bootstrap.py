"""Bootstrap-t against what is known: the square-root law, skewed customers, groups, and nothing to vary."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.off_policy.bootstrap import (
    MOST_GROUPS,
    mean_interval,
    poisson_sums,
    ratio_interval,
    sums_by_customer,
)


def test_a_normal_mean_gets_the_interval_of_the_textbook() -> None:
    each = np.random.default_rng(0).normal(3.0, 2.0, 4_000)

    found = mean_interval(np.arange(4_000), each, np.random.default_rng(1), 4_000)

    half = 1.96 * each.std() / np.sqrt(4_000)
    assert found.value == pytest.approx(each.mean())
    assert (found.low, found.high) == pytest.approx((each.mean() - half, each.mean() + half), abs=0.1 * half)


def test_rows_of_one_customer_are_one_piece_of_evidence() -> None:
    """Every row ten times over: more rows, no narrower interval."""
    each = np.random.default_rng(0).normal(size=500)

    once = mean_interval(np.arange(500), each, np.random.default_rng(1))
    tenfold = mean_interval(np.repeat(np.arange(500), 10), np.repeat(each, 10), np.random.default_rng(1))

    assert (tenfold.low, tenfold.high) == pytest.approx((once.low, once.high))


def test_few_customers_who_pay_are_covered_where_percentiles_fall_short() -> None:
    """Mean of a lognormal, 80 customers, 300 logs: percentiles of the same draws hold it less often."""
    truth, held, plain = float(np.exp(0.72)), 0, 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        each = rng.lognormal(0.0, 1.2, 80)
        found = mean_interval(np.arange(80), each, rng, 400)
        sums = np.column_stack((each, np.ones(80)))
        drawn = poisson_sums(sums, rng, 400)
        low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
        held += found.low <= truth <= found.high
        plain += low <= truth <= high

    assert plain / 300 < 0.90
    assert held / 300 > 0.905


def test_many_customers_in_groups_get_the_same_interval() -> None:
    n = 5 * MOST_GROUPS
    each = np.random.default_rng(0).exponential(size=n)

    grouped = mean_interval(np.arange(n), each, np.random.default_rng(1), 2_000)

    half = 1.96 * each.std() / np.sqrt(n)
    assert len(sums_by_customer(np.arange(n), each[:, None])) == MOST_GROUPS
    assert (grouped.high - grouped.low) / 2 == pytest.approx(half, rel=0.1)


def test_a_sum_of_ratios_is_narrower_where_its_parts_move_against_each_other() -> None:
    one = np.ones((600, 2))
    part = np.random.default_rng(0).normal(size=600)
    opposed = np.column_stack((part, -part))

    found = ratio_interval(opposed, one, np.random.default_rng(1))

    assert found is not None
    assert found.high - found.low == pytest.approx(0.0, abs=1e-9)


def test_draws_without_any_weight_are_no_interval() -> None:
    """One customer in a thousand carries the whole denominator: a third of the draws leave them out."""
    below = np.zeros((1_000, 1))
    below[0] = 1.0

    assert ratio_interval(np.ones((1_000, 1)), below, np.random.default_rng(0)) is None


def test_what_does_not_vary_is_its_own_interval() -> None:
    found = mean_interval(np.arange(50), np.full(50, 0.1), np.random.default_rng(0))

    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
