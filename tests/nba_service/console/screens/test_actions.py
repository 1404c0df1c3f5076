"""Actions: a headline for each case, marks with their reason, and a hidden number is no zero."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from models.domain.history import to_ms
from models.domain.journey import Journey
from nba_service.console.desk import Desk
from nba_service.console.screens import actions
from nba_service.console.wording import Words
from nba_service.keys.scopes import Scope
from nba_service.measures.rollups.rollup import Rollup
from tests.nba_service.console.conftest import NOW
from tests.nba_service.store.row_builders import decision

DAYS = [f"2026-10-{24 + k}" for k in range(8)] + [f"2026-11-{1 + k:02}" for k in range(20)]


def one(name: str, gain: tuple[float, float, float] | None = None, decisions: int | None = 100) -> Any:
    proved = None if gain is None else "up" if gain[1] > 0 else "down" if gain[2] < 0 else "no"
    row: dict[str, Any] = {
        "action": name, "label": name.title(), "new": False, "hidden": decisions is None, "customers": 90,
        "decisions": decisions, "delivered": decisions, "responses": decisions, "value_eur": 9.0,
        "cost_eur": None if decisions is None else 0.5 * decisions,
        "gain": gain and dict(zip(("value", "low", "high"), gain, strict=True)) | {"proved": proved},
        "days": [1] * 28, "first_at": "2026-11-10T00:00:00Z", "last_at": "2026-11-20T09:00:00Z",
        "phases": [{"phase": "a", "label": "A", "decisions": 5, "of": 50},
                   {"phase": "b", "label": "B", "decisions": None, "of": 50}],
    }  # fmt: skip
    return row


UP, OPEN, DOWN = (2.0, 1.0, 3.0), (0.5, -1.0, 2.0), (-2.0, -3.0, -1.0)


@pytest.mark.parametrize(
    ("rows", "english", "german"),
    [
        ([one("x", decisions=0)], "No action came first", "kam keine Maßnahme zuerst"),
        ([one("x")], "cannot be told yet", "lässt sich noch nicht sagen"),
        ([one("x", OPEN)], "Of no action", "Von keiner Maßnahme"),
        ([one("x", DOWN)], "“X” earns less", "„X“ bringt weniger"),
        ([one("x", UP)], "1 of 1 actions", "1 von 1 Maßnahmen"),
        ([one("x", UP), one("y", DOWN)], "“X”; “Y” earns less", "„X“; „Y“ bringt weniger"),
    ],
)
def test_each_case_has_its_headline(rows: Any, english: str, german: str) -> None:
    assert english in actions.finding(Words("en"), rows)
    assert german in actions.finding(Words("de"), rows)


def test_rows_stand_by_what_they_earned_in_all_and_unknown_ones_last() -> None:
    rows = [one("unknown", None, 900), one("each", (3.0, 1, 4), 10), one("all", UP, 100), one("loss", DOWN)]

    assert [row["action"] for row in actions.ranked(rows)] == ["all", "each", "loss", "unknown"]
    assert actions.title(Words("en"), rows) == "“Each” earns most each time: +3.00\u00a0EUR"
    assert actions.axis(rows) == (-3.0, 4)


def test_marks_say_why(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    stale = {**one("x"), "last_at": "2026-11-09T09:00:00Z"}
    idle = {**one("x", decisions=0), "first_at": None, "last_at": None}

    assert actions.marks_of(desk, one("x"), DAYS, 0) == []
    assert actions.marks_of(desk, stale, DAYS, 2) == [
        ("2 texts fall back", True), ("stale: not first since 9 Nov", True),
    ]  # fmt: skip
    assert actions.marks_of(desk, idle, DAYS, 0) == [("never first in this period", True)]
    assert actions.marks_of(desk, {**one("x"), "new": True}, DAYS, 0) == [("new: first on 10 Nov", False)]


def test_a_row_shows_what_is_known_and_hides_what_is_not() -> None:
    t = Words("en")
    shown = actions.row(t, one("x", OPEN), [], (-1, 2), 100)
    hidden = actions.row(t, one("x", None, None), [], (-1, 2), 100)

    assert (shown["steps"], shown["each"], shown["cost"]) == ("100 → 100 → 100", "0.50", "50")
    assert (shown["gain"], shown["between"]) == ("+0.50", "−1.00 to +2.00, not proved")
    assert (hidden["steps"], hidden["cost"], hidden["gain"]) == ("·· → ·· → ··", "··", "")
    assert actions.phases_title(t, one("x")) == "“X” wins most often in A: 10.0\u00a0%"
    assert "··" in actions.draw_phases(t, one("x"))
    funnel = {"funnel": [{"reasons": {"REPEAT": 9}}, {"reasons": {"REPEAT": 1, "X": 30}}]}
    assert actions.reasons(t, funnel)[1] == ("it was sent too recently", "REPEAT", "10")
    assert actions.reasons(t, None) == []


def test_before_anything_is_rolled_up_the_page_says_so(sign_in: Callable[..., FlaskClient]) -> None:
    page = sign_in().get("/console/actions")

    assert page.status_code == 200
    assert "nba rollup" in page.text


def past(store: Any, journey: Journey) -> str:
    """60 customers by chance: half of them a teaser, the others nothing."""
    name = journey.actions[0].name
    rows = []
    for n in range(60):
        at = to_ms(NOW) - (1 + n % 20) * 86_400_000
        row = decision(f"d-{n}", f"c-{n}", at, at, ((name, "email"),) if n % 2 else ())
        rows.append(replace(row, action_probability=0.5))
    store.add_decisions(rows)
    Rollup(store.rollups, journey, lambda: NOW).run()
    return name


def test_a_page_of_a_past_has_a_row_per_action_and_one_open(
    sign_in: Callable[..., FlaskClient], tiny_journey: Journey
) -> None:
    client = sign_in()
    name = past(client.application.extensions["nba"].store.plain, tiny_journey)

    page = client.get(f"/console/actions?until=2026-11-20&open={name}")
    rows = client.get("/console/actions.json?until=2026-11-20").get_json()["tables"]["actions"]
    few = sign_in([Scope.CONSOLE], "bert").get("/console/actions.csv?until=2026-11-20&days=14")

    assert page.status_code == 200, page.text
    assert page.text.count('class="det"') == 1
    assert [row["action"] for row in rows] == [name, *[a.name for a in tiny_journey.actions[1:]]]
    assert rows[0]["decisions"] == 30
    assert any(line.startswith(f"{name},,,") for line in few.text.splitlines())
