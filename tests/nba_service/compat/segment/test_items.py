"""What became of a message, as it stands in the answer."""

from __future__ import annotations

import pytest

from nba_service.compat.segment.items import Item, rejected, taken
from nba_service.compat.segment.messages import Message
from nba_service.errors import Problem

REFUSAL = Problem("FIELD_REQUIRED", "Expected an event, got none.")


@pytest.fixture
def message() -> Message:
    from dataclasses import MISSING, fields

    values = {
        field.name: None
        for field in fields(Message)
        if field.default is MISSING and field.default_factory is MISSING
    }
    return Message(**{**values, "id": "m-1", "type": "track"})


def test_a_message_is_accepted_once_and_a_duplicate_afterwards(message: Message) -> None:
    assert taken(message, new=True).to_json() == {"messageId": "m-1", "type": "track", "status": "accepted"}
    assert taken(message, new=False).status == "duplicate"


def test_what_could_not_be_used_is_named(message: Message) -> None:
    item = taken(message, new=True, ignored={"shoe": "no such attribute"})

    assert item.to_json()["ignored"] == {"shoe": "no such attribute"}


def test_a_rejected_message_says_why() -> None:
    assert rejected({"messageId": "m-1", "type": "track", "event": None}, REFUSAL).to_json() == {
        "messageId": "m-1",
        "type": "track",
        "status": "rejected",
        "code": "FIELD_REQUIRED",
        "message": "Expected an event, got none.",
    }


@pytest.mark.parametrize("raw", ["nonsense", None, 3, [], {}, {"messageId": 5, "type": ["track"]}])
def test_of_what_is_no_message_little_can_be_said(raw: object) -> None:
    item = rejected(raw, REFUSAL)

    assert item == Item(
        message_id=None, type=None, status="rejected", code="FIELD_REQUIRED", message=str(REFUSAL)
    )
    assert item.to_json()["messageId"] is None
