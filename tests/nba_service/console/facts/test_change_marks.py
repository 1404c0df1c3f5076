"""Marks stand on the day of a change, or in the week that holds it, and say what it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask.testing import FlaskClient

from nba_service.console.facts.change_marks import (
    all_changes,
    days_until,
    marked_changes,
    marks_by_place,
    marks_on,
    runs_of,
)
from nba_service.console.facts.changes import changes
from nba_service.console.wording import Words
from nba_service.store.rows import InteractionRow
from tests.nba_service.console.conftest import NOW

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
        found = marks_by_place(T, days, marked_changes(NOW))

    assert days == ["2026-11-18", "2026-11-19", "2026-11-20"]
    assert "became champion" in found[2]


def test_days_without_a_model_in_a_row_are_one_mark() -> None:
    """A service that has no bundle would else use up all letters."""
    outages = ["2026-11-11", "2026-11-12", "2026-11-14"]

    assert runs_of(outages) == [("2026-11-11", "2026-11-12", 2), ("2026-11-14", "2026-11-14", 1)]
    titles = [mark.title for mark in marks_on(T, ["2026-11-11", "2026-11-12", "2026-11-13"], (), outages)]
    assert titles == ["No model decided for 2 days"]


def test_trouble_and_silent_sources_are_marked(sign_in: Callable[..., FlaskClient]) -> None:
    """A store that was away four days ago, and a channel that was silent for a day two weeks ago."""
    client = sign_in()
    store, day = client.application.extensions["nba"].store.plain, 86_400_000
    now = round(NOW.timestamp() * 1000)
    store.audit_log.note("service.store_away", "2026-11-16", {"times": 1}, now - 4 * day)
    store.add_interactions(
        [
            InteractionRow(
                interaction_id=f"i-{back}", customer_id="c", occurred_at=now - back * day, channel="web",
                touchpoint="visit",
            )
            for back in range(40)
            if back != 14
        ]
    )  # fmt: skip
    with client.application.test_request_context():
        found = {one.kind: one.at.strftime("%Y-%m-%d") for one in all_changes(NOW) if one.marks}

    assert found["service_store_away"] == "2026-11-16"
    assert found["feed_gap"] == "2026-11-06"
    page = client.get("/console?day=2026-11-06").text
    assert "No events came for a day" in page
