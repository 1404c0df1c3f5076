"""Drivers by arm and week, and what a EUR spent on contacts brought."""

from __future__ import annotations

import pytest

from models.domain.journey import Journey
from nba_service.measures.driving import drivers
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading


def test_the_tree_adds_up_and_spending_is_paid_back(reading: Reading, armed: Journey) -> None:
    answer = drivers(reading, armed, Question())

    arms = {arm["arm"]: arm for arm in answer["arms"]}
    assert arms["treatment"]["contacts_per_customer"] == 2.0
    (tree,) = answer["tree"]
    assert tree["contacts"] + tree["responses"] + tree["value"] == pytest.approx(tree["difference"])
    assert tree["responses"] > 0
    (spent,) = answer["spend"]
    assert spent["cost_eur"] == pytest.approx(300 * 2 * 0.1)
    assert spent["return"]["value"] == pytest.approx(spent["gain_eur"] / spent["cost_eur"])
    assert spent["return"]["proved"] == "up"
    assert [period["until"] for period in answer["periods"]][-1] == "2026-11-21"
    assert len(answer["periods"]) == 4


def test_few_customers_are_hidden(reading: Reading, armed: Journey) -> None:
    answer = drivers(reading, armed, Question(hide_below=150))

    hidden = {arm["arm"]: arm["hidden"] for arm in answer["arms"]}
    assert hidden == {"treatment": False, "random": True}
    assert (answer["tree"], answer["spend"]) == ([], [])
