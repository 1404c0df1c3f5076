"""Months are whole, in UTC, and follow each other without a gap."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from nba_service.store.lifetime.months import month_of, name_of, start_of


def ms(year: int, month: int, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp() * 1000)


def test_months_count_from_january_1970() -> None:
    assert month_of(0) == 0
    assert month_of(-1) == -1
    assert month_of(ms(2026, 11, 20)) == (2026 - 1970) * 12 + 10
    assert name_of(month_of(ms(2026, 11, 20))) == "2026_11"


def test_a_month_begins_at_midnight_utc() -> None:
    month = month_of(ms(2026, 11, 20))

    assert start_of(month) == ms(2026, 11)
    assert start_of(month + 1) == ms(2026, 12)


@given(st.integers(-(10**15), 10**15))
def test_every_time_lies_within_its_month(at: int) -> None:
    """Also times that are wrong by thousands of years."""
    month = month_of(at)

    assert start_of(month) <= at < start_of(month + 1)
    assert month_of(start_of(month)) == month
