"""Experiments: proved, not proved or too young, each with its headline, and marks where something changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from nba_service.console.facts.change_marks import marks_on
from nba_service.console.facts.changes import Changed
from nba_service.console.screens import experiments
from nba_service.console.wording import Words


def comparison(against: str, proved: str | None, value: float = 6.2) -> dict[str, Any]:
    difference = None if proved is None else {"value": value, "low": 1.9, "high": 10.5, "proved": proved}
    series = [{"day": f"2026-11-{d:02}", "difference": d / 2, "low": d - 5.0, "high": d + 5.0, "open": d > 8}
              for d in range(1, 11)]  # fmt: skip
    return {"arm": "treatment", "against": against, "difference": difference, "seen": 996, "needed": 640,
            "enough": proved == "up", "total_eur": None, "series": series if proved else [],
            "refused": None if proved else "too little evidence"}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "english", "german"),
    [
        ([], "no control arm", "keinen Vergleichsarm"),
        ([comparison("random", "up")], "earn 6.20\u00a0EUR a customer more than chance", "mehr als Zufall"),
        ([comparison("random", "down", -2)], "earn 2.00\u00a0EUR a customer less than", "weniger als Zufall"),
        ([comparison("random", "no")], "that is not proved", "belegt ist das nicht"),
        ([comparison("random", None)], "too early to tell", "noch zu jung"),
        (
            [comparison("playbook", "no"), comparison("random", "up")],
            "more than chance; against the playbook it is not proved yet",
            "noch nicht belegt",
        ),
    ],
)
def test_each_case_has_its_headline(given: list[Any], english: str, german: str) -> None:
    assert english in experiments.finding(Words("en"), given)
    assert german in experiments.finding(Words("de"), given)


def test_a_comparison_says_whether_there_is_enough() -> None:
    t = Words("en")

    assert "There is enough to tell" in experiments.comparison_row(t, comparison("random", "up"))[2]
    assert "996 of 640" in experiments.comparison_row(t, comparison("random", "no"))[2]
    refused = experiments.comparison_row(t, {**comparison("random", None), "seen": 3})
    assert refused[1:] == ("–", "the smaller group has 3 customers, at least 20 are needed")


def test_proved_since_is_the_day_after_which_zero_stayed_outside() -> None:
    series = comparison("random", "up")["series"]

    assert experiments.proved_since(series) == "2026-11-06"
    assert experiments.proved_since([*series, {"day": "2026-11-11", "low": -1, "high": 1}]) is None
    assert "since 6 Nov" in experiments.series_title(Words("en"), comparison("random", "up"))


def test_changes_are_lettered_in_their_order_and_only_on_days_that_are_shown() -> None:
    def changed(day: int) -> Changed:
        return Changed(at=datetime(2026, 11, day, tzinfo=UTC), kind="promote", subject="b", marks=True,
                       values={"bundle": f"b{day}", "reason": "better"})  # fmt: skip

    series = comparison("random", "up")["series"]
    marks = marks_on(Words("en"), [day["day"] for day in series], [changed(25), changed(8), changed(3)])

    assert [(mark.letter, mark.position) for mark in marks] == [("A", 2), ("B", 7)]
    assert ">A</text>" in experiments.draw_series(Words("en"), series, marks)


def test_a_hidden_cell_is_no_zero() -> None:
    arm = {"arm": "random", "policy": "random", "customers": None, "hidden": True, "per_customer": None}
    drawing = experiments.draw_board(Words("en"), [arm])

    assert "··" in drawing
    assert "hidden for this key" in drawing


def test_an_unfair_draw_is_said() -> None:
    share = {"arm": "random", "designed": 0.05, "seen": 0.2, "low": 0.1, "high": 0.3}
    draw = {"customers": 500, "fair": False, "shares": [share]}

    assert "not as designed" in experiments.draw_title(Words("en"), draw)
    assert "20.0" in experiments.draw_fair(Words("en"), draw)
