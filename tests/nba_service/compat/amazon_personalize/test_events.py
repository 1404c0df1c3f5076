"""What an action interaction of Amazon Personalize is here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.domain.journey import Journey
from nba_service.compat.amazon_personalize.events import call_of, content_id, object_of, plain_value
from nba_service.compat.amazon_personalize.schemas import ActionEvent
from nba_service.decisions.calls import InteractionCall, OutcomeCall
from nba_service.errors import Problem

EVENT = ActionEvent(action="teaser", session_id="s-1", event="Clicked", at=1_795_000_000, user_id="c-1")


def test_an_event_of_a_recommendation_is_an_outcome(tiny_journey: Journey) -> None:
    outcome = call_of(tiny_journey, replace(EVENT, decision_id="d-1"))
    assert isinstance(outcome, OutcomeCall)
    assert (outcome.outcome, outcome.decision_id) == ("clicked", "d-1")


@pytest.mark.parametrize(("event", "outcome"), [("TAKEN", "clicked"), ("Viewed", "delivered")])
def test_amazons_own_words_are_understood(tiny_journey: Journey, event: str, outcome: str) -> None:
    call = call_of(tiny_journey, replace(EVENT, event=event, decision_id="d-1"))
    assert isinstance(call, OutcomeCall)
    assert call.outcome == outcome


def test_any_other_event_is_a_touchpoint_or_nothing(tiny_journey: Journey) -> None:
    call = call_of(tiny_journey, replace(EVENT, event="Quote", action="unknown", user_id=None))
    assert isinstance(call, InteractionCall)
    assert (call.touchpoint, call.customer_id, call.action) == ("quote", "s-1", None)
    assert call_of(tiny_journey, EVENT) is None  # an outcome of no recommendation
    with pytest.raises(Problem, match="sessionId"):
        call_of(tiny_journey, replace(EVENT, event="Quote", user_id=None, session_id="no blank"))


def test_the_senders_id_counts_else_all_that_is_said() -> None:
    named = replace(EVENT, event_id="e-1")
    assert content_id(named) == content_id(replace(named, event="Quote", content={"event": "Quote"}))
    assert content_id(named) != content_id(replace(named, session_id="s-2"))
    first = replace(EVENT, content={"event": "Quote", "at": 1})
    assert content_id(first) == content_id(replace(EVENT, content={"at": 1, "event": "Quote"}))
    assert content_id(first) != content_id(replace(EVENT, content={"event": "Quote", "at": 2}))


def test_properties_are_an_object_or_a_text_that_holds_one() -> None:
    assert object_of('{"a": 1}', "p") == object_of({"a": 1}, "p") == {"a": 1}
    assert object_of(None, "p") == {}
    for wrong in ("[1]", "{", 3):
        with pytest.raises(Problem, match="p: expected"):
            object_of(wrong, "p")


@pytest.mark.parametrize(
    ("text", "value"), [("41", 41), ('"web"', "web"), ("web", "web"), ("true", True), ("[1]", "[1]")]
)
def test_a_filter_value_is_what_its_text_means(text: str, value: object) -> None:
    assert plain_value(text) == value
