"""When a call is decided: at the time it states, else now, in whole milliseconds of UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from nba_service.decisions.calls import DecisionCall, time_of

NOW = datetime(2026, 11, 20, 12, 0, 0, 123_999, tzinfo=UTC)


def test_a_call_without_a_time_is_decided_now() -> None:
    assert time_of(DecisionCall(customer_id="c"), lambda: NOW) == NOW.replace(microsecond=123_000)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=5, minutes=30))])
def test_a_stated_time_wins_in_every_zone(zone: timezone) -> None:
    stated = datetime(2026, 1, 1, 0, 0, 0, 1_500, tzinfo=zone)

    found = time_of(DecisionCall(customer_id="c", decided_at=stated), lambda: NOW)

    assert found == stated.replace(microsecond=1_000)
    assert found.tzinfo is UTC
