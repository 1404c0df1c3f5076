"""What a page may send, as the calls that it becomes."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest

from nba_service.web.calls import EventBatch, EventCall, IdentifyCall, IdentityCall, SlotsCall
from nba_service.web.schemas import (
    MAX_EVENT_ID,
    EventBatchSchema,
    EventSchema,
    IdentifySchema,
    IdentitySchema,
    SlotsSchema,
)

VISITOR = "v-" + "0123456789abcdef" * 2
SLOTS = {"visitor": VISITOR, "visit": "visit-0001", "placements": ["banner"]}
TRACK = {"id": "e-1", "type": "track", "touchpoint": "visit"}
OUTCOME = {"id": "e-1", "type": "outcome", "decision_id": "d-1", "outcome": "clicked"}


def wrong(schema: type[ma.Schema], body: Any) -> list[str]:
    with pytest.raises(ma.ValidationError) as raised:
        schema().load(body)
    return [*raised.value.normalized_messages()]


def test_a_page_asks_for_slots() -> None:
    assert SlotsSchema().load(SLOTS) == SlotsCall(
        batch=EventBatch(visitor=VISITOR),
        visit="visit-0001",
        placements=("banner",),
        attributes={},
        context={},
    )


def test_whatever_is_said_arrives_and_a_placement_is_filled_once() -> None:
    found = SlotsSchema().load(
        {
            **SLOTS,
            "placements": ["banner", "sidebar", "banner"],
            "attributes": {"age": 40},
            "context": {"path": "/a", "device": "mobile", "locale": None},
            "sent_at": 1_790_000_000_000,
            "events": [{"any": "thing"}, None],
        }
    )

    assert found == SlotsCall(
        batch=EventBatch(visitor=VISITOR, sent_at=1_790_000_000_000, events=({"any": "thing"}, None)),
        visit="visit-0001",
        placements=("banner", "sidebar"),
        attributes={"age": 40},
        context={"path": "/a", "device": "mobile"},
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"visitor": "c-1042"},
        {"visitor": "v-" + "0" * 31},
        {"visitor": VISITOR.upper()},
        {"visit": "short"},
        {"visit": "x" * 41},
        {"visit": "größe-0001"},
        {"visit": "visit 0001"},
        {"visit": "--------"},
        {"placements": []},
        {"placements": ["a"] * 21},
        {"attributes": {f"a{n}": 1 for n in range(51)}},
        {"context": {"time": "2026-11-20T12:00:00Z"}},
        {"context": {"device": "fridge"}},
        {"sent_at": -1},
        {"sent_at": 2**53 + 1},
        {"events": [1] * 101},
        {"customer_id": "c-1"},
    ],
)
def test_what_a_page_cannot_say_is_refused_under_its_field(changed: dict[str, Any]) -> None:
    assert wrong(SlotsSchema, {**SLOTS, **changed}) == [*changed]


def test_events_of_a_batch_are_looked_at_later_one_by_one() -> None:
    assert EventBatchSchema().load({"visitor": VISITOR, "events": ["x"]}) == EventBatch(
        visitor=VISITOR, events=("x",)
    )


def test_an_event_is_a_touchpoint_or_an_outcome() -> None:
    assert EventSchema().load({**TRACK, "at": 5, "properties": {"a": 1}}) == EventCall(
        id="e-1", type="track", touchpoint="visit", at=5, properties={"a": 1}
    )
    assert EventSchema().load({**OUTCOME, "value": 2}) == EventCall(
        id="e-1", type="outcome", decision_id="d-1", outcome="clicked", value=2.0
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**TRACK, "touchpoint": None}, "touchpoint"),
        ({**OUTCOME, "decision_id": None}, "decision_id"),
        ({**OUTCOME, "outcome": None}, "outcome"),
        ({**TRACK, "type": "dance"}, "type"),
        ({**TRACK, "id": "x" * (MAX_EVENT_ID + 1)}, "id"),
        ({**TRACK, "at": 1.5}, "at"),
    ],
)
def test_an_event_says_what_its_type_needs(body: dict[str, Any], field: str) -> None:
    assert wrong(EventSchema, body) == [field]
    assert EventSchema().load({**TRACK, "id": "x" * MAX_EVENT_ID}).id == "x" * MAX_EVENT_ID


def test_tokens_are_asked_for_by_servers_and_shown_by_pages() -> None:
    assert IdentitySchema().load({"customer_id": "c-1"}) == IdentityCall(customer_id="c-1")
    assert IdentitySchema().load({"customer_id": "c-1", "minutes": 5}).minutes == 5
    assert IdentifySchema().load({"visitor": VISITOR, "token": "t"}) == IdentifyCall(
        visitor=VISITOR, token="t"
    )
    for minutes in (0, 1_441):
        assert wrong(IdentitySchema, {"customer_id": "c-1", "minutes": minutes}) == ["minutes"]


def test_only_what_browsers_send_may_come_as_plain_text() -> None:
    assert (SlotsSchema.plain_text, EventBatchSchema.plain_text, IdentifySchema.plain_text) == (True,) * 3
    assert not hasattr(IdentitySchema, "plain_text")
