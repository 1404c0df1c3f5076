"""What a client of Segment sends, as the batch that it becomes."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest

from nba_service.compat.segment.schemas import SegmentBatch, SegmentBatchSchema, SegmentMessageSchema


def test_messages_arrive_as_they_are_each_still_to_be_looked_at() -> None:
    body = {"batch": [{"type": "track"}, "nonsense", None], "writeKey": "k"}

    assert SegmentBatchSchema().load(body) == SegmentBatch(messages=({"type": "track"}, "nonsense", None))


def test_when_it_was_sent_and_the_shared_context_arrive() -> None:
    body = {"batch": [1], "sentAt": "2026-11-20T12:00:00Z", "context": {"locale": "de"}}

    assert SegmentBatchSchema().load(body) == SegmentBatch(
        messages=(1,), sent_at="2026-11-20T12:00:00Z", context={"locale": "de"}
    )


@pytest.mark.parametrize("batch", [[], [1] * 1_001, {}, None])
def test_a_batch_has_one_to_a_thousand(batch: Any) -> None:
    with pytest.raises(ma.ValidationError) as raised:
        SegmentBatchSchema().load({"batch": batch})

    assert [*raised.value.normalized_messages()] == ["batch"]
    assert len(SegmentBatchSchema().load({"batch": [1] * 1_000}).messages) == 1_000


def test_a_message_alone_keeps_all_that_it_says() -> None:
    body = {"messageId": "m-1", "userId": "c-1", "sentAt": 5, "properties": {"a": [1]}}

    assert SegmentMessageSchema().load(body) == body


@pytest.mark.parametrize("message_id", ["", "x" * 101, 5])
def test_an_id_of_a_message_is_bounded(message_id: object) -> None:
    with pytest.raises(ma.ValidationError) as raised:
        SegmentMessageSchema().load({"messageId": message_id})

    assert [*raised.value.normalized_messages()] == ["messageId"]
