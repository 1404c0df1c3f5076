"""Differences between arms: right on average, as uncertain as they say, and refused where too few."""

from __future__ import annotations

import numpy as np
import pytest

from models.measures.customers import Customers
from models.measures.lift import arm_result, compare, series, without_earlier

DAY = 86_400_000


def drawn(rng: np.random.Generator, n: int, gain: float, share: float = 0.9) -> tuple[Customers, np.ndarray]:
    """Customers whose skewed values hang on what they were worth before."""
    ours = rng.random(n) < share
    earlier = rng.exponential(10.0, n)
    value = 0.6 * earlier + rng.exponential(8.0, n) + gain * ours
    zero = np.zeros(n, dtype=np.int64)
    return Customers(
        key=np.arange(n, dtype=np.uint64),
        arm=ours.astype(np.int32),
        bundle=zero.astype(np.int32),
        mixed=zero.astype(bool),
        decisions=zero + 2,
        contacts=zero + 1,
        responses=zero,
        value=value,
        cost=np.ones(n),
        earlier=earlier,
    ), ours


def test_intervals_hold_the_truth_in_95_of_100_experiments() -> None:
    rng = np.random.default_rng(3)
    held_once = held_always = 0
    for _ in range(2_000):
        customers, ours = drawn(rng, 2_000, gain=1.5)
        found = compare(customers, ours, ~ours, ("treatment", "random"))
        assert found.once is not None
        assert found.difference is not None
        held_once += found.once.low <= 1.5 <= found.once.high
        held_always += found.difference.low <= 1.5 <= found.difference.high

    assert 0.93 <= held_once / 2_000 <= 0.97
    assert held_always / 2_000 >= 0.98


def test_earlier_value_narrows_the_interval_and_moves_nothing() -> None:
    customers, ours = drawn(np.random.default_rng(4), 20_000, gain=1.5)
    adjusted, explained = without_earlier(customers.value, customers.earlier, ours, ~ours)

    assert explained == pytest.approx(36 / 100, abs=0.03)
    assert adjusted.var() == pytest.approx(customers.value.var() * (1 - explained), rel=0.02)
    found = compare(customers, ours, ~ours, ("treatment", "random"))
    assert found.difference is not None
    assert found.difference.proved() == "up"
    assert found.total_eur == pytest.approx(found.difference.value * ours.sum())
    assert found.enough
    assert found.days_to_go == 0


def test_too_few_customers_are_refused_in_words() -> None:
    customers, ours = drawn(np.random.default_rng(5), 100, gain=0.0, share=0.9)
    few = ours | (np.arange(100) > 15)
    found = compare(customers, few, ~few, ("treatment", "random"))

    assert found.difference is None
    assert found.refused is not None
    assert "at least 20 are needed" in found.refused
    assert found.to_json()["difference"] is None
    assert arm_result(customers, ~few, "random").per_customer is None


def test_few_customers_are_hidden_but_nobody_is_not() -> None:
    customers, ours = drawn(np.random.default_rng(6), 100, gain=0.0)
    some = arm_result(customers, np.arange(100) < 7, "random").to_json(20)
    nobody = arm_result(customers, ours & ~ours, "random").to_json(20)

    assert (some["hidden"], some["customers"], some["value_eur"]) == (True, None, None)
    assert (nobody["hidden"], nobody["customers"]) == (False, 0)


def test_the_last_day_of_the_series_is_the_difference() -> None:
    customers, ours = drawn(np.random.default_rng(7), 4_000, gain=2.0)
    daily = np.tile(customers.value[:, None] / 4, (1, 4))
    days = series(daily, customers, ours, ~ours, since=0, open_from=3 * DAY)
    found = compare(customers, ours, ~ours, ("treatment", "random"))

    assert found.difference is not None
    assert days[-1].so_far.value == pytest.approx(found.difference.value)
    assert days[-1].so_far.low == pytest.approx(found.difference.low)
    assert [day.open for day in days] == [False, False, False, True]
    assert found.to_json()["series"] == []


def test_no_difference_needs_more_customers_than_there_are() -> None:
    customers, ours = drawn(np.random.default_rng(8), 2_000, gain=0.0)
    found = compare(customers, ours, ~ours, ("treatment", "random"), days=28.0)

    assert not found.enough
    assert found.needed is None or found.needed > found.seen
    assert found.days_to_go is None or found.days_to_go > 0
