"""Apprentice mode, from the request to the measure."""

from __future__ import annotations

import pytest

from nba_service.decisions.calls import DecisionCall, TakenCall
from nba_service.measures import Question
from nba_service.measures.rollups.rollup import Rollup
from nba_service.services import Services
from tests.nba_service.measures.conftest import NOW


@pytest.fixture
def apprenticed(parts: Services) -> Services:
    """On the website we show a teaser to everybody; a caller does so to 20 of 30."""
    for number in range(30):
        taken = TakenCall(action="teaser", channel="web") if number < 20 else TakenCall(action="nothing")
        parts.decisions.decide(
            [DecisionCall(customer_id=f"c-{number}", channels=("web",), phase="interested", taken=taken)]
        )
    parts.decisions.decide([DecisionCall(customer_id="ours", channels=("web",), phase="interested")])
    Rollup(parts.store.plain.rollups, parts.source.current().journey, lambda: NOW).run()
    return parts


def test_what_was_done_stands_next_to_what_we_would_have_done(apprenticed: Services) -> None:
    answer = apprenticed.measures.apprentice(Question(hide_below=0))

    assert (answer["decisions"], answer["customers"], answer["in_control_arms"]) == (30, 30, 0)
    assert answer["same"]["value"] == pytest.approx(2 / 3)
    assert answer["refused_by_us"] == 0
    assert answer["without_probability"] == 30
    assert answer["estimate"]["refused"]["code"] == "too_little_evidence"
    pairs = [(one["action"], one["our_action"], one["decisions"]) for one in answer["choices"]]
    assert pairs == [("teaser", "teaser", 20), ("nothing", "teaser", 10)]
    assert [one["decisions"] for one in answer["earned"]] == [20, 10]


def test_few_are_hidden(apprenticed: Services) -> None:
    answer = apprenticed.measures.apprentice(Question())

    assert [one["hidden"] for one in answer["choices"]] == [False, True]
    assert answer["earned"][1]["decisions"] is None


def test_what_callers_did_is_no_choice_of_ours(apprenticed: Services) -> None:
    """Neither an action that came first nor a decision of an arm; the contact itself is known."""
    shown = apprenticed.measures.actions(Question(hide_below=0))

    assert sum(one["decisions"] for one in shown["actions"]) == 1
    assert apprenticed.measures.lift(Question(hide_below=0))["without_arm"] == 30
    assert apprenticed.measures.coverage(Question(hide_below=0))["customers"] == 1
