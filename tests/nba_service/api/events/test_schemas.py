"""What an interaction and an outcome may be, one or many of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
import pytest

from nba_service.api.events.schemas import (
    InteractionsSchema,
    KnownInteractionSchema,
    OutcomeSchema,
    OutcomesSchema,
)
from nba_service.decisions.calls import InteractionCall, OutcomeCall
from nba_service.http.batches import Refused
from nba_service.http.fields import Expected

AT = "2026-11-20T12:00:00Z"
VISIT = {"customer_id": "c-1", "touchpoint": "visit"}
CLICK = {"decision_id": "d-1", "outcome": "clicked"}
UNKNOWN = {"customer_id": "c-1", "action": "offer", "channel": "email", "outcome": "clicked"}


def wrong(schema: type[ma.Schema], body: Any) -> dict[str, Any]:
    with pytest.raises(ma.ValidationError) as raised:
        schema().load(body)
    return raised.value.normalized_messages()


def test_one_alone_is_a_batch_of_one() -> None:
    alone, listed = (InteractionsSchema().load(body) for body in (VISIT, {"interactions": [VISIT]}))

    assert (alone.elements, alone.alone) == (listed.elements, True)
    assert not listed.alone
    assert OutcomesSchema().load(CLICK).elements == (OutcomeCall(decision_id="d-1", outcome="clicked"),)


def test_every_field_of_an_interaction_arrives() -> None:
    (found,) = (
        InteractionsSchema()
        .load(
            {
                **VISIT,
                "interaction_id": "i-1",
                "occurred_at": AT,
                "channel": "web",
                "action": "offer",
                "phase": "customer",
                "value": 2,
                "properties": {"page": "/"},
            }
        )
        .elements
    )

    assert found == InteractionCall(
        customer_id="c-1",
        touchpoint="visit",
        interaction_id="i-1",
        occurred_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
        channel="web",
        action="offer",
        phase="customer",
        value=2.0,
        properties={"page": "/"},
    )


def test_a_stored_interaction_names_its_customer_and_a_known_one_its_time() -> None:
    (refused,) = InteractionsSchema().load({"touchpoint": "visit"}).elements

    assert isinstance(refused, Refused)
    assert [(one.field, one.code) for one in refused.problems] == [("customer_id", "FIELD_REQUIRED")]
    assert [*wrong(KnownInteractionSchema, {"touchpoint": "visit"})] == ["occurred_at"]
    assert [*wrong(KnownInteractionSchema, {**VISIT, "occurred_at": AT})] == ["customer_id"]


def test_one_element_that_cannot_be_leaves_the_others() -> None:
    found = OutcomesSchema().load({"outcomes": [CLICK, None, {"outcome": "clicked"}]}).elements

    assert [isinstance(one, Refused) for one in found] == [False, True, True]


def test_an_outcome_names_its_decision_or_customer_action_and_channel() -> None:
    assert OutcomeSchema().load(CLICK) == OutcomeCall(decision_id="d-1", outcome="clicked")
    assert OutcomeSchema().load({**UNKNOWN, "decision_id": None}) == OutcomeCall(
        customer_id="c-1", action="offer", channel="email", outcome="clicked"
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"outcome": "clicked"}, "FIELD_REQUIRED"),
        ({"outcome": "clicked", "decision_id": None}, "FIELD_REQUIRED"),
        ({**CLICK, **UNKNOWN}, "FIELD_TYPE"),
        ({**CLICK, "customer_id": "c-1"}, "FIELD_TYPE"),
        ({"outcome": "clicked", "customer_id": "c-1"}, "FIELD_TYPE"),
        ({"outcome": "clicked", "action": "offer", "channel": "email"}, "FIELD_TYPE"),
    ],
)
def test_something_between_is_refused(body: dict[str, Any], code: str) -> None:
    messages = wrong(OutcomeSchema, body)

    (message,) = messages["decision_id"]
    assert isinstance(message, Expected)
    assert (str(message), message.code) == (
        "the decision's id, or customer_id, action and channel if the source does not know it",
        code,
    )


@pytest.mark.parametrize(
    ("schema", "name"), [(OutcomesSchema, "outcomes"), (InteractionsSchema, "interactions")]
)
def test_a_list_has_one_to_a_thousand(schema: type[ma.Schema], name: str) -> None:
    one = CLICK if name == "outcomes" else VISIT

    assert len(schema().load({name: [one] * 1_000}).elements) == 1_000
    for many in ([], [one] * 1_001, None, one):
        assert [*wrong(schema, {name: many})] == [name]


@pytest.mark.parametrize("body", [[], "x", None])
def test_what_is_no_object_is_refused_as_a_whole(body: Any) -> None:
    assert [*wrong(OutcomesSchema, body)] == ["_schema"]
