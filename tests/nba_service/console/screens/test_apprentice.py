"""Apprentice: a headline for each case, and before anybody takes part the page says how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from nba_service.console.desk import Desk
from nba_service.console.screens import apprentice
from nba_service.console.wording import Words


def answer(same: float | None = 0.8, difference: Any = None, refused: Any = None) -> dict[str, Any]:
    little = {"code": "too_little_evidence", "effective": 12.0, "needed": 100.0}
    return {
        "decisions": 100, "customers": 90, "in_control_arms": 3, "refused_by_us": 7, "without_probability": 4,
        "same": None if same is None else {"value": same},
        "earned": [{"which": "same", "hidden": False, "decisions": 80, "value_eur": 160.0},
                   {"which": "other", "hidden": True, "decisions": None, "value_eur": None}],
        "estimate": {"difference": difference, "refused": refused or (None if difference else little)},
    }  # fmt: skip


def difference(value: float, proved: str) -> dict[str, Any]:
    return {"value": value, "low": value - 1, "high": value + 1, "proved": proved}


def test_the_headline_says_how_often_both_agree() -> None:
    assert apprentice.finding(Words("en"), answer()).startswith("In 80\u00a0% of your own decisions")
    assert apprentice.finding(Words("de"), answer(None)).startswith("Für weniger als 20 Kunden")
    assert "3 more are of customers in a control arm" in apprentice.lede(Words("en"), answer())
    facts = [value for _, value, _ in apprentice.facts(Words("en"), answer())]
    assert facts == ["7", "2.00\u00a0EUR", "··", "4"]


@pytest.mark.parametrize(
    ("given", "english", "german"),
    [
        (answer(difference=difference(2, "up")), "2.00\u00a0EUR a decision more", "mehr verdient"),
        (answer(difference=difference(-2, "down")), "less", "weniger verdient"),
        (answer(difference=difference(0.2, "no")), "not proved", "belegt ist das nicht"),
        (answer(), "cannot be told", "lässt sich nicht sagen"),
    ],
)
def test_each_case_of_the_estimate_has_its_title(given: Any, english: str, german: str) -> None:
    assert english in apprentice.estimate_title(Words("en"), given)
    assert german in apprentice.estimate_title(Words("de"), given)


def test_pairs_say_where_the_two_differ(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    same = {
        "action": "teaser",
        "channel": "web",
        "our_action": "teaser",
        "our_channel": "web",
        "decisions": 9,
    }
    other = {**same, "our_action": "nothing", "our_channel": None, "decisions": 4}

    assert "you chose" in apprentice.pairs_title(desk, [same, other])
    assert apprentice.pairs_title(desk, [same]) == "Both chose the same every time"
    assert "→ Nothing" in apprentice.draw_pairs(desk, [same, other])


def test_before_anybody_takes_part_the_page_says_how(sign_in: Callable[..., FlaskClient]) -> None:
    page = sign_in().get("/console/apprentice")

    assert page.status_code == 200
    assert "&#34;action&#34;" in page.text
