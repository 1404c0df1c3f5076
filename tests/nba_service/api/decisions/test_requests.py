"""What decisions, explanations and changes may ask, as the calls that they become."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
import pytest

from models.domain.actions import Policy, Purpose, Tier
from nba_service.api.decisions.requests import (
    ChangesSchema,
    DecisionBatchSchema,
    DecisionSchema,
    ExplanationSchema,
    PolicySchema,
    RulesSchema,
)
from nba_service.decisions.calls import (
    ChangesCall,
    DecisionCall,
    ExplanationCall,
    InteractionCall,
    Profile,
    RulesCall,
    WindowCall,
)

AT, MOMENT = "2026-11-20T12:00:00Z", datetime(2026, 11, 20, 12, tzinfo=UTC)


def wrong(schema: type[ma.Schema], body: Any) -> list[str]:
    with pytest.raises(ma.ValidationError) as raised:
        schema().load(body)
    return [*raised.value.normalized_messages()]


def test_a_customer_is_enough() -> None:
    assert DecisionSchema().load({"customer_id": "c-1"}) == DecisionCall(customer_id="c-1")


def test_every_field_arrives_under_its_name() -> None:
    found = DecisionSchema().load(
        {
            "customer_id": "c-1",
            "phase": "customer",
            "channels": ["web"],
            "placements": ["banner"],
            "limit": 2,
            "profile": {"attributes": {"age": 40}},
            "interactions": [{"touchpoint": "visit", "occurred_at": AT}],
            "context": {"time": AT, "device": "phone"},
            "exclude": ["offer"],
            "decision_id": "d-1",
            "deferred": True,
            "explain": True,
            "when": "asked",
            "window": {"from": AT, "until": AT},
        }
    )

    assert found == DecisionCall(
        customer_id="c-1",
        phase="customer",
        channels=("web",),
        placements=("banner",),
        limit=2,
        profile=Profile(attributes={"age": 40}),
        interactions=(InteractionCall(touchpoint="visit", occurred_at=MOMENT),),
        context={"device": "phone"},
        exclude=("offer",),
        decision_id="d-1",
        deferred=True,
        explain=True,
        decided_at=MOMENT,
        when="asked",
        window=WindowCall(begin=MOMENT, until=MOMENT),
    )


@pytest.mark.parametrize(
    "body",
    [
        {"customer_id": None},
        {"limit": 0},
        {"limit": 21},
        {"channels": []},
        {"placements": ["a"] * 21},
        {"exclude": ["a"] * 1_001},
        {"interactions": [{"touchpoint": "v", "occurred_at": AT}] * 501},
        {"when": "never"},
        {"window": {"from": AT}},
        {"window": {"begin": AT, "until": AT}},
        {"profile": {"aliases": ["v-1"]}},
        {"decided_at": AT},
    ],
)
def test_what_cannot_be_is_refused_under_its_field(body: dict[str, Any]) -> None:
    assert wrong(DecisionSchema, {"customer_id": "c-1", **body}) == [*body]


def test_an_explanation_is_of_a_customer_or_of_a_stored_decision() -> None:
    thought = ExplanationSchema().load({"customer_id": "c-1", "text": "de", "contributions": "all"})
    stored = ExplanationSchema().load({"of": "d-1", "customer_id": None})

    assert thought == ExplanationCall(
        decision=DecisionCall(customer_id="c-1"), text="de", contributions="all"
    )
    assert stored == ExplanationCall(decision=DecisionCall(customer_id=""), of="d-1")


@pytest.mark.parametrize("body", [{}, {"customer_id": "c-1", "of": "d-1"}, {"customer_id": None, "of": None}])
def test_neither_and_both_are_refused(body: dict[str, Any]) -> None:
    assert wrong(ExplanationSchema, body) == ["customer_id"]


@pytest.mark.parametrize("body", [{"text": "fr"}, {"contributions": "none"}, {"changes": {"phase": 1}}])
def test_other_words_of_an_explanation_are_refused(body: dict[str, Any]) -> None:
    assert wrong(ExplanationSchema, {"customer_id": "c-1", **body}) == [*body]


def test_changes_arrive_whole() -> None:
    found = ChangesSchema().load(
        {
            "phase": "customer",
            "without": ["visit"],
            "interactions": [{"touchpoint": "order", "occurred_at": AT}],
            "time": AT,
            "weights": {"offer": -2},
            "rules": {"without": ["ADULTS_ONLY"]},
            "bundle": "b-2",
        }
    )

    assert found == ChangesCall(
        phase="customer",
        without=("visit",),
        interactions=(InteractionCall(touchpoint="order", occurred_at=MOMENT),),
        time=MOMENT,
        weights={"offer": -2.0},
        rules=RulesCall(without=("ADULTS_ONLY",), put=()),
        bundle="b-2",
    )


def test_changes_that_are_empty_change_nothing() -> None:
    assert (
        ChangesSchema().load({}) == ChangesSchema().load({"without": [], "interactions": []}) == ChangesCall()
    )


def test_a_policy_is_one_as_in_the_journey_file() -> None:
    body = {
        "code": "GREEN",
        "tier": "suitability",
        "when": "true",
        "actions": ["offer"],
        "purposes": ["service"],
    }

    assert PolicySchema().load(body) == Policy(
        code="GREEN",
        tier=Tier.SUITABILITY,
        when="true",
        actions=("offer",),
        purposes=(Purpose.SERVICE,),
    )
    assert RulesSchema().load({"put": [body]}).put == (PolicySchema().load(body),)
    for changed in ({"tier": "mood"}, {"purposes": ["fun"]}, {"when": ""}, {"code": None}):
        assert wrong(PolicySchema, {**body, **changed}) == [*changed]


def test_a_batch_has_one_to_a_thousand() -> None:
    one = {"customer_id": "c-1"}

    assert DecisionBatchSchema().load({"decisions": [one]}).elements == (DecisionCall(customer_id="c-1"),)
    for many in ([], [one] * 1_001):
        assert wrong(DecisionBatchSchema, {"decisions": many}) == ["decisions"]
