"""The forecast's interval holds what comes, about as often as it says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from models.configurations.demand import dispersion, forecast

Draw = Callable[[np.random.Generator, int], np.ndarray]


def poisson(rate: float) -> Draw:
    return lambda rng, days: rng.poisson(rate, days)


def bursts(rng: np.random.Generator, days: int) -> np.ndarray:
    """Weeks of rates that differ by a factor: more spread than chance."""
    rates = np.repeat(rng.gamma(4.0, 0.5, days // 7 + 1), 7)[:days]
    return rng.poisson(rates)


@pytest.mark.parametrize(
    ("draw", "at_least"), [(poisson(0.1), 0.88), (poisson(2.0), 0.86), (poisson(30.0), 0.86), (bursts, 0.82)]
)
def test_ninety_percent_intervals_hold_about_ninety_percent(draw: Draw, at_least: float) -> None:
    rng = np.random.default_rng(7)
    held = []
    for _ in range(400):
        seen = draw(rng, 84)
        one = forecast(seen[:56], 28)
        held.append(one.low <= int(seen[56:].sum()) <= one.high)

    assert at_least <= np.mean(held) <= 0.99


def test_nothing_seen_promises_little_and_not_nothing() -> None:
    one = forecast(np.zeros(28, dtype=np.int64), 28)

    assert (one.value, one.low) == (0.5, 0)
    assert 1 <= one.high <= 3


def test_few_days_leave_more_open_than_many() -> None:
    few, many = forecast(np.full(7, 2), 28), forecast(np.full(280, 2), 28)

    assert few.high - few.low > many.high - many.low


def test_large_numbers_are_as_near_by_the_normal_distribution() -> None:
    one = forecast(np.full(56, 9_000), 28)

    assert one.low < 28 * 9_000 < one.high
    assert (one.high - one.low) / one.value < 0.01


def test_weeks_that_differ_widen_the_interval() -> None:
    even, uneven = np.full(56, 4), np.repeat([0, 8] * 4, 7)

    assert dispersion(even) == 1.0
    assert dispersion(uneven) > 5
    assert forecast(uneven, 28).high > forecast(even, 28).high
    assert dispersion(np.array([3, 4])) == 1.0
