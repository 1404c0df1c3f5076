"""Start: five sentences, each proved, not proved or not known; what changed, also on one day."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from nba_service.console.desk import Desk
from nba_service.console.facts.bundle_facts import Gain
from nba_service.console.screens import start
from nba_service.console.wording import Words
from nba_service.keys.scopes import Scope

sys.path.insert(0, str(Path(__file__).parent))

from bundle_builder import facts  # helpers of tests are not installed

UP, OPEN, DOWN = (
    Gain(value=6.2, low=1.9, high=10.5),
    Gain(value=1, low=-1, high=3),
    Gain(value=-2, low=-3, high=-1),
)


@pytest.mark.parametrize(
    ("champion", "status", "english", "german"),
    [
        (None, "warn", "not known yet", "noch nicht bekannt"),
        (facts(gain=UP), "good", "earn 6.20\u00a0EUR a decision more", "6,20\u00a0EUR je Entscheidung mehr"),
        (facts(gain=OPEN), "warn", "not proved", "belegt ist das nicht"),
        (
            facts(gain=DOWN),
            "bad",
            "earn 2.00\u00a0EUR a decision less",
            "2,00\u00a0EUR je Entscheidung weniger",
        ),
    ],
)
def test_worth_is_proved_or_not(champion: Any, status: str, english: str, german: str) -> None:
    line = start.worth_line(Words("en"), champion)

    assert line.status == status
    assert english in line.sentence
    assert german in start.worth_line(Words("de"), champion).sentence
    assert start.finding(Words("en"), [line], champion)
    assert start.finding(Words("de"), [line], champion)


def test_the_model_keeps_its_promises_or_not() -> None:
    t = Words("en")
    measured = replace(facts(), error=0.0104, promised=0.088)
    broken = replace(facts("b", "champion", None, "calibration_propensity"), error=0.05, promised=0.088)

    assert "off by 1.04 points where 8.8" in start.model_line(t, measured).sentence
    assert (start.model_line(t, broken).status, "does not keep" in start.model_line(t, broken).sentence) == (
        "bad",
        True,
    )
    assert "not measured" in start.model_line(t, facts()).sentence
    assert "playbook" in start.model_line(t, None).sentence


def test_coverage_is_what_the_gate_found() -> None:
    assert "90.0\u00a0% of customers" in start.coverage_line(Words("en"), facts()).sentence
    assert start.coverage_line(Words("en"), None).status == "warn"


def test_the_journey_line_needs_moves(make_desk: Callable[..., Desk]) -> None:
    assert start.journey_line(make_desk(), facts()).status == "warn"


def test_the_page_has_five_lines_and_says_what_changed(sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in()
    page = client.get("/console").text

    assert page.count('class="say5"') == 5
    assert "1 became champion:" in page
    that_day = client.get("/console?day=2026-11-20&lang=de").text
    assert "am 2026-11-20" in that_day
    assert "wurde Champion" in that_day
    other = client.get("/console?day=2026-11-12").text
    assert "0 changes on 2026-11-12" in other


def test_who_may_not_see_persons_sees_none_here_either(sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in((Scope.CONSOLE,))

    assert "your key lacks the scope read" in client.get("/console").text
