"""Marks stand on the day of a change, or in the week that holds it, and say what it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask.testing import FlaskClient

from nba_service.console.facts.change_marks import days_until, marks_by_place, marks_on
from nba_service.console.facts.changes import changes
from nba_service.console.wording import Words

T = Words("en")
FOUND = changes(
    [
        {"event": "promote", "bundle": "x-b81c", "promoted_at": "2026-11-12T06:14:00Z", "reason": "better"},
        {"event": "rollback", "bundle": "x-aaaa", "promoted_at": "2026-11-14T06:14:00Z", "reason": "slow"},
    ],
    (),
)


def test_days_are_marked_in_order_with_letters() -> None:
    days = ["2026-11-11", "2026-11-12", "2026-11-13", "2026-11-14"]

    marks = marks_on(T, days, FOUND, ["2026-11-13"])

    assert [(mark.position, mark.letter) for mark in marks] == [(1, "A"), (2, "B"), (3, "C")]
    assert [mark.title for mark in marks][1] == "No model decided"
    assert "b81c became champion" in marks[0].title


def test_a_week_is_marked_that_holds_the_day_and_nothing_outside() -> None:
    weeks = ["2026-10-31", "2026-11-07"]

    assert [mark.position for mark in marks_on(T, weeks, FOUND)] == [1]  # the 14th is a week later
    assert marks_on(T, ["2026-11-15"], FOUND) == []
    assert marks_on(T, [], FOUND) == []


def test_small_charts_say_all_of_a_day_in_one_mark(sign_in: Callable[..., FlaskClient]) -> None:
    """The registry of the test promoted a bundle on the 20th."""
    client = sign_in()
    days = days_until(datetime(2026, 11, 20, 12, tzinfo=UTC), 3)
    with client.application.test_request_context():
        found = marks_by_place(T, days)

    assert days == ["2026-11-18", "2026-11-19", "2026-11-20"]
    assert "became champion" in found[2]
