"""What may be asked for a list."""

from __future__ import annotations

from datetime import UTC, datetime

import marshmallow as ma
import pytest

from nba_service.api.worklists.schemas import WorklistSchema
from nba_service.customers.worklist_jobs import MOST_CONTACTS, WorklistCall


def test_forty_contacts_now_unless_something_else_is_asked() -> None:
    assert WorklistSchema().load({"channel": "phone"}) == WorklistCall(channel="phone", capacity=40)
    asked = {"channel": "phone", "capacity": 3, "at": "2026-11-20T09:00:00Z"}
    moment = datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert WorklistSchema().load(asked) == WorklistCall(channel="phone", capacity=3, at=moment)


@pytest.mark.parametrize("capacity", [0, MOST_CONTACTS + 1, "40"])
def test_a_list_has_a_size(capacity: object) -> None:
    with pytest.raises(ma.ValidationError):
        WorklistSchema().load({"channel": "phone", "capacity": capacity})
