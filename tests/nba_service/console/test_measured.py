"""Measures on pages: the address asks, and what is not there is a state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from nba_service.console import measured
from nba_service.console.desk import Desk

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_the_period_of_the_address_is_the_one_that_is_marked(make_desk: Callable[..., Desk]) -> None:
    assert [one.current for one in measured.periods(make_desk())] == [False, True, False]
    assert [one.current for one in measured.periods(make_desk(days="90"))] == [False, False, True]
    assert [one.href for one in measured.periods(make_desk(days="90"))][1] == "/console/customer"


def test_figures_say_how_old_they_are(make_desk: Callable[..., Desk]) -> None:
    def answer(hours: float) -> dict[str, object]:
        at = (NOW - timedelta(hours=hours)).isoformat()
        return {"rolled_up_at": at, "period": {"until": "2026-11-21T00:00:00Z"}}

    words = make_desk().words
    assert measured.age(words, answer(0.2), NOW) == ("Data to 20 Nov 2026 · rolled up 12 minutes ago", False)
    assert measured.age(words, answer(30), NOW)[1]


@pytest.mark.parametrize(
    ("query", "status"), [("", 200), ("?days=0", 422), ("?phase=gone", 422), ("?lang=de", 200)]
)
def test_a_period_that_cannot_be_is_refused(
    sign_in: Callable[..., FlaskClient], query: str, status: int
) -> None:
    answer = sign_in().get(f"/console/experiments{query}")

    assert answer.status_code == status
    if status == 200:
        assert "nba rollup" in answer.text
