"""What boto3 sends, as the calls that it becomes."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest

from nba_service.compat.amazon_personalize.schemas import (
    ActionInteractionsSchema,
    PutActionsSchema,
    RecommendCall,
    RecommendSchema,
    UserCall,
    UsersSchema,
)
from nba_service.http.batches import Refused

EVENT = {"actionId": "teaser", "sessionId": "s-1", "eventType": "Taken", "timestamp": 1_790_000_000}


def wrong(schema: type[ma.Schema], body: Any) -> list[str]:
    with pytest.raises(ma.ValidationError) as raised:
        schema().load(body)
    return [*raised.value.normalized_messages()]


def interactions(*events: dict[str, Any]) -> dict[str, Any]:
    return {"trackingId": "t-1", "actionInteractions": list(events)}


@pytest.mark.parametrize(
    ("arn", "campaign"),
    [
        ("arn:aws:personalize:eu-central-1:123456789012:campaign/banner", "banner"),
        ("banner", "banner"),
        (None, ""),
    ],
)
def test_a_campaign_is_named_at_the_end_of_its_arn(arn: str | None, campaign: str) -> None:
    call = RecommendSchema().load({"userId": "c-1", "campaignArn": arn})

    assert call == RecommendCall(user_id="c-1", campaign=campaign, number=5, filter_values={})


def test_number_and_filter_values_arrive_and_what_is_not_known_is_left_out() -> None:
    call = RecommendSchema().load(
        {"userId": "c-1", "numResults": 3, "filterValues": {"phase": '"quote"'}, "experimental": True}
    )

    assert call == RecommendCall(user_id="c-1", number=3, filter_values={"phase": '"quote"'})


def test_none_is_as_many_as_amazon_gives_unasked() -> None:
    assert [RecommendSchema().load({"userId": "c", "numResults": n}).number for n in (0, None)] == [5, 5]


@pytest.mark.parametrize("body", [{"userId": "a b"}, {"userId": "c", "numResults": 501}, {"userId": None}])
def test_a_call_that_cannot_be_is_refused_under_amazons_name(body: dict[str, Any]) -> None:
    assert wrong(RecommendSchema, body) == [[*body][-1]]


def test_an_event_keeps_all_that_was_said_of_it() -> None:
    """So that the same event again is the same event."""
    body = interactions({**EVENT, "userId": "c-1", "impression": ["a"]})
    (event,) = ActionInteractionsSchema().load(body).elements

    assert (event.action, event.user_id, event.at, event.event_id) == ("teaser", "c-1", 1_790_000_000, None)
    assert event.content == {
        "action": "teaser",
        "user_id": "c-1",
        "session_id": "s-1",
        "event": "Taken",
        "at": 1_790_000_000,
    }


@pytest.mark.parametrize("at", [0, 0.5, 2**33 - 1])
def test_a_time_is_seconds_since_1970(at: float) -> None:
    (event,) = ActionInteractionsSchema().load(interactions({**EVENT, "timestamp": at})).elements

    assert event.at == at


@pytest.mark.parametrize("at", [-1, 2**33, True, "2026-11-20", None, float("nan")])
def test_another_time_is_refused(at: object) -> None:
    (refused,) = ActionInteractionsSchema().load(interactions({**EVENT, "timestamp": at})).elements

    assert isinstance(refused, Refused)
    assert [one.field for one in refused.problems] == ["timestamp"]


def test_lists_have_one_to_ten() -> None:
    users = [{"userId": f"c-{n}", "properties": "{}"} for n in range(10)]

    assert UsersSchema().load({"datasetArn": "d", "users": users}).elements[3] == UserCall(
        user_id="c-3", properties="{}"
    )
    assert PutActionsSchema().load({"datasetArn": "d", "actions": [{"actionId": "teaser"}]}) == ["teaser"]
    assert wrong(UsersSchema, {"datasetArn": "d", "users": [*users, *users]}) == ["users"]
    assert wrong(PutActionsSchema, {"datasetArn": "d", "actions": []}) == ["actions"]
    assert wrong(ActionInteractionsSchema, interactions(*[EVENT] * 11)) == ["actionInteractions"]
