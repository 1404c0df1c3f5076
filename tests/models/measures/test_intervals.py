"""Intervals hold as often as they say: at one look, and at all looks of a period together."""

from __future__ import annotations

import numpy as np
import pytest

from models.measures.intervals import Interval, always, once, times_needed


def test_an_interval_that_is_looked_at_every_day_holds_at_all_of_them_together() -> None:
    """A sum of daily noise: the truth is 0 all along. Looked at 28 times, once is wrong far too often."""
    rng = np.random.default_rng(1)
    days = 28
    walks = rng.standard_normal((2_000, days)).cumsum(axis=1)
    out_always, out_once = np.zeros(2_000, dtype=bool), np.zeros(2_000, dtype=bool)
    for day in range(days):
        variance = day + 1.0
        half = always(0.0, variance, variance / days).high
        out_always |= np.abs(walks[:, day]) > half
        out_once |= np.abs(walks[:, day]) > once(0.0, variance).high

    assert out_always.mean() < 0.05
    assert out_once.mean() > 0.2


def test_what_is_proved_leaves_nothing_out() -> None:
    up, no = Interval(value=2.0, low=0.5, high=3.5), Interval(value=2.0, low=-0.5, high=4.5)

    assert (up.proved(), no.proved(), up.proved(4.0), up.proved(1.0)) == ("up", "no", "down", "no")
    assert up.to_json() == {"value": 2.0, "low": 0.5, "high": 3.5, "proved": "up"}
    assert up.to_json(None)["proved"] is None


def test_four_times_the_customers_halve_the_width() -> None:
    assert times_needed(Interval(value=1.0, low=-1.0, high=3.0)) == pytest.approx(4.0)
    assert times_needed(Interval(value=0.0, low=-1.0, high=1.0)) == float("inf")
