"""Quantiles are those of the normal distribution; the interval of a share is Wilson's."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from models.statistics import DECIDED_90, JUDGED_90, NORMAL_90, NORMAL_95, share_interval


def test_quantiles_leave_as_much_outside_as_their_names_say() -> None:
    normal = NormalDist()

    assert 2 * (1 - normal.cdf(NORMAL_90)) == pytest.approx(0.10, abs=1e-12)
    assert 2 * (1 - normal.cdf(NORMAL_95)) == pytest.approx(0.05, abs=1e-5)
    assert (round(NORMAL_90, 4), round(NORMAL_90, 3)) == (DECIDED_90, JUDGED_90)


def test_the_interval_of_a_share_is_worked_by_hand() -> None:
    """10 of 100, z = 2: centre (0.1 + 4/200) / 1.04 = 0.11538; half √0.004 / 1.04 = 0.06081."""
    low, high = share_interval(np.array([0.1]), np.array([100.0]), 2.0)

    assert (low[0], high[0]) == pytest.approx((0.11538 - 0.06081, 0.11538 + 0.06081), abs=1e-5)


def test_without_rows_a_share_may_be_anything() -> None:
    low, high = share_interval(np.array([0.3]), np.array([0.0]), NORMAL_90)

    assert (low[0], high[0]) == pytest.approx((0.0, 1.0), abs=1e-6)


def test_none_of_a_hundred_is_not_known_to_be_nothing() -> None:
    """High is z² / (n + z²): 1.96² / 103.84 = 0.037."""
    low, high = share_interval(np.array([0.0]), np.array([100.0]), NORMAL_95)

    assert low[0] == 0.0
    assert high[0] == pytest.approx(0.037, abs=1e-4)
