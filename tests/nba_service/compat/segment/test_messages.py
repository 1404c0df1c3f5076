"""What of a Segment message is believed: its shape, its sender, its age."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.domain.history import to_ms
from models.domain.ids import read_id
from nba_service.compat.segment.messages import read_message
from nba_service.errors import Problem

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def message(**fields: object) -> dict[str, object]:
    return {"type": "track", "messageId": "m-1", "userId": "c-1", "event": "Quote"} | fields


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ("track", "an object"),
        (message(messageId="two words"), "messageId"),
        (message(messageId=None), "messageId"),
        (message(type="dance"), "type"),
        (message(type=["track"]), "type"),
        (message(userId="no blank"), "userId or anonymousId"),
        (message(timestamp=(NOW - timedelta(days=367)).isoformat()), "366 days"),
    ],
)
def test_a_message_of_another_shape_is_refused_by_name(raw: object, named: str) -> None:
    with pytest.raises(Problem, match=named):
        read_message(raw, None, NOW)


def test_a_message_is_as_old_as_its_sender_says_it_was_when_sent() -> None:
    """The sender's clock is three hours fast; between event and sending it ran ten minutes."""
    fast = NOW + timedelta(hours=3)
    raw = message(timestamp=(fast - timedelta(minutes=10)).isoformat())

    assert read_message(raw, fast.isoformat(), NOW).at == to_ms(NOW - timedelta(minutes=10))
    assert read_message(raw, None, NOW).at == to_ms(NOW)  # the future is now


def test_a_time_without_a_zone_is_utc() -> None:
    an_hour_ago = to_ms(NOW - timedelta(hours=1))
    assert read_message(message(timestamp="2026-11-20T11:00:00"), None, NOW).at == an_hour_ago
    assert read_message(message(), None, NOW).at == to_ms(NOW)


@pytest.mark.parametrize("timestamp", ["yesterday", 1_795_176_000_000, "Fri, 20 Nov 2026 10:00:00 GMT", True])
def test_a_time_that_cannot_be_read_is_not_now(timestamp: object) -> None:
    with pytest.raises(Problem, match="timestamp: expected a time such as") as caught:
        read_message(message(timestamp=timestamp), None, NOW)
    assert caught.value.kind == "TIME_INVALID"


def test_a_time_of_sending_that_cannot_be_read_is_named() -> None:
    read = read_message(message(timestamp="2026-11-20T11:00:00Z"), 1_795_176_000_000, NOW)
    assert (read.at, list(read.ignored)) == (to_ms(NOW - timedelta(hours=1)), ["sentAt"])


def test_a_user_who_cannot_be_is_named_where_the_visitor_stands_in() -> None:
    read = read_message(message(userId=42, anonymousId="v-1"), None, NOW)
    assert (read.customer_id, list(read.ignored)) == ("v-1", ["userId"])


def test_the_user_wins_over_the_visitor_who_is_remembered() -> None:
    read = read_message(message(anonymousId="v-1"), None, NOW)
    assert (read.customer_id, read.anonymous_id) == ("c-1", "v-1")
    assert read_message(message(userId=None, anonymousId="v-1"), None, NOW).customer_id == "v-1"


def test_every_message_has_an_id_that_can_be_stored() -> None:
    assert read_message(message(), None, NOW).event_id == "segment/m-1"
    odd = read_message(message(messageId="100%/../x"), None, NOW).event_id
    assert odd != "segment/100%/../x"
    assert read_id(odd) == odd


def test_only_a_track_can_be_the_outcome_of_a_decision() -> None:
    properties = {"properties": {"decision_id": "d-1"}}
    assert read_message(message(**properties), None, NOW).decision_id == "d-1"
    assert read_message(message(type="page", **properties), None, NOW).decision_id is None
    assert read_message(message(properties={"decision_id": "no blank"}), None, NOW).decision_id is None
