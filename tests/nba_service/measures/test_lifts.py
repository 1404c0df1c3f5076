"""The measure of arms adds up, compares, and hides what is few."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.domain.journey import Journey
from nba_service.measures.lifts import Challenge, lift
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading


def test_arms_add_up_and_the_difference_is_proved(reading: Reading, armed: Journey) -> None:
    """Clicks are worth 2 + 2 EUR; 1.4 a customer against 0.6: a difference of 3.2 EUR but for chance."""
    answer = lift(reading, armed, Question(), None)

    arms = {arm["arm"]: arm for arm in answer["arms"]}
    assert {name: arm["customers"] for name, arm in arms.items()} == {"treatment": 300, "random": 100}
    assert arms["treatment"]["value_eur"] == pytest.approx(
        4 * arms["treatment"]["responses"] + 300  # each entered a phase that is worth 1 EUR
    )
    (compared,) = answer["comparisons"]
    assert compared["difference"]["proved"] == "up"
    assert 2.0 < compared["difference"]["value"] < 4.5
    assert compared["difference"]["value"] == pytest.approx(
        arms["treatment"]["per_customer"]["value"] - arms["random"]["per_customer"]["value"]
    )
    assert len(compared["series"]) == 28
    assert compared["series"][-1]["difference"] == pytest.approx(compared["difference"]["value"])
    assert compared["series"][-1]["open"]
    assert not compared["series"][0]["open"]
    assert answer["draw"]["fair"]
    assert answer["draw"]["customers"] == 400
    assert answer["young"]["days"] == 6
    assert answer["challenger"] is None


def test_a_challenger_is_compared_within_the_learned_arm(reading: Reading, armed: Journey) -> None:
    trial = Challenge(bundle="b-2", champion="b-1", share=1 / 6)
    found = lift(reading, armed, Question(), trial)["challenger"]

    assert found["comparison"]["seen"] == 50
    assert found["comparison"]["difference"]["proved"] == "no"
    assert found["draw"]["fair"]


def test_few_customers_are_hidden(reading: Reading, armed: Journey) -> None:
    answer = lift(reading, armed, Question(hide_below=150), None)

    arms = {arm["arm"]: arm["customers"] for arm in answer["arms"]}
    assert arms == {"treatment": 300, "random": None}
    (compared,) = answer["comparisons"]
    assert (compared["difference"], compared["seen"]) == (None, 0)
    assert "hidden" in compared["refused"]


def test_a_phase_where_nobody_was_has_no_customers(reading: Reading, armed: Journey) -> None:
    answer = lift(reading, armed, Question(phase="customer"), None)

    assert [arm["customers"] for arm in answer["arms"]] == [0, 0]


def test_decisions_without_an_arm_are_counted_and_in_no_figure(reading: Reading, armed: Journey) -> None:
    """As when a history was imported: its decisions were drawn in no arm."""
    usual = lift(reading, armed, Question(), None)
    decisions = reading.log.decisions
    imported = decisions.copy()
    imported["arm"] = 0
    both = np.concatenate([decisions, imported])
    both = both[np.lexsort((both["at"], both["customer"]))]

    answer = lift(replace(reading, log=replace(reading.log, decisions=both)), armed, Question(), None)

    inside = (decisions["at"] >= reading.since) & (decisions["at"] < reading.until)
    assert (usual["without_arm"], answer["without_arm"]) == (0, int(inside.sum()))
    assert (answer["arms"], answer["draw"]) == (usual["arms"], usual["draw"])
