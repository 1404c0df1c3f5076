"""Which touchpoint, channel and value an event of Segment has."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.domain.journey import Journey
from nba_service.compat.segment.interactions import interaction_of, unusable_properties, value_of
from nba_service.compat.segment.messages import Message, read_message
from nba_service.errors import Problem

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def message(kind: str, **fields: object) -> Message:
    return read_message({"type": kind, "messageId": "m-1", "userId": "c-1"} | fields, None, NOW)


@pytest.mark.parametrize("event", ["quote", "Quote", "QUOTE", "Asked for an offer", "askedForAnOffer"])
def test_a_touchpoint_goes_by_its_name_or_its_label(tiny_journey: Journey, event: str) -> None:
    assert interaction_of(tiny_journey, message("track", event=event)).touchpoint == "quote"


def test_an_event_that_is_no_touchpoint_is_refused_with_those_there_are(tiny_journey: Journey) -> None:
    with pytest.raises(Problem, match=r"got 'Danced', 'danced'.*visit, quote, order"):
        interaction_of(tiny_journey, message("track", event="Danced"))


def test_a_page_is_a_visit_on_the_channel_with_placements(tiny_journey: Journey) -> None:
    row = interaction_of(tiny_journey, message("page", name="Prices"))
    assert (row.touchpoint, row.channel) == ("visit", "web")
    named = interaction_of(tiny_journey, message("page", name="Quote", properties={"channel": "email"}))
    assert (named.touchpoint, named.channel) == ("quote", "email")
    assert interaction_of(tiny_journey, message("track", event="quote")).channel is None


@pytest.mark.parametrize(
    ("properties", "value"),
    [
        ({"revenue": 12}, 12.0),
        ({"price": 3.5, "total": 7}, 7.0),
        ({"value": True}, None),
        ({"value": 1e13}, None),
    ],
)
def test_the_value_is_the_first_usual_number(properties: dict[str, object], value: float | None) -> None:
    assert value_of(properties) == value


def test_properties_that_are_too_large_are_left_out_and_said(tiny_journey: Journey) -> None:
    large = message("track", event="quote", properties={"note": "x" * 9_000})
    assert interaction_of(tiny_journey, large).properties == {}
    assert "8192 bytes" in unusable_properties(tiny_journey, large)["properties"]
    assert unusable_properties(tiny_journey, message("track", event="quote")) == {}


@pytest.mark.parametrize(
    ("properties", "value", "named"),
    [
        ({"revenue": "12.50"}, 12.5, []),  # as Segment's own revenue rule reads it
        ({"revenue": "12,50", "total": 3}, 3.0, ["revenue"]),
        ({"price": "free"}, None, ["price"]),
        ({"value": 1e13}, None, ["value"]),
        ({"value": True}, None, ["value"]),
        ({"channel": "fax", "value": None}, None, ["channel"]),
    ],
)
def test_what_cannot_be_read_is_named(
    tiny_journey: Journey, properties: dict[str, object], value: float | None, named: list[str]
) -> None:
    said = message("track", event="quote", properties=properties)

    assert interaction_of(tiny_journey, said).value == value
    assert list(unusable_properties(tiny_journey, said)) == named
