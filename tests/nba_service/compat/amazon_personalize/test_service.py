"""boto3 as it comes from PyPI, with ``endpoint_url``, against the running service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

pytest.importorskip("boto3", reason="needs boto3")

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ARN = "arn:aws:personalize:eu-central-1:123456789012:"


def client(listening: Any, service: str, key: str | None = None) -> Any:
    return boto3.client(
        service,
        endpoint_url=listening.url,
        region_name="eu-central-1",
        aws_access_key_id=key or listening.key,
        aws_secret_access_key="not looked at",
        config=Config(retries={"total_max_attempts": 1}),
    )


def recommended(listening: Any, **asked: Any) -> Any:
    runtime = client(listening, "personalize-runtime")
    return runtime.get_action_recommendations(userId="c-1", **asked)


def interaction(event: str, **more: Any) -> dict[str, Any]:
    usual = {"actionId": "teaser", "userId": "c-1", "sessionId": "s-1", "timestamp": NOW, "eventType": event}
    return usual | more


def interact(listening: Any, *told: dict[str, Any]) -> Any:
    events = client(listening, "personalize-events")
    return events.put_action_interactions(trackingId="t-1", actionInteractions=list(told))


def test_a_recommendation_is_a_stored_decision(listening: Any) -> None:
    answer = recommended(
        listening,
        campaignArn=f"{ARN}campaign/banner",
        numResults=3,
        filterArn=f"{ARN}filter/any",
        filterValues={"phase": '"stranger"', "age": "40"},
    )

    row = listening.parts.store.decisions([answer["recommendationId"]])[answer["recommendationId"]]
    assert row.customer_id == "c-1"
    assert '"placements":["banner"]' in row.request
    assert '"age":40' in row.request
    assert [one["actionId"] for one in answer["actionList"]] == [row.action] * (row.action != "nothing")
    assert all(0 < one["score"] < 1 for one in answer["actionList"])


def test_what_came_of_it_is_its_outcome(listening: Any) -> None:
    decision_id = recommended(listening)["recommendationId"]
    for _ in range(2):
        interact(
            listening,
            interaction("Viewed", recommendationId=decision_id, timestamp=NOW - timedelta(minutes=2)),
            interaction("Taken", recommendationId=decision_id, eventId="e-2", properties='{"page": "home"}'),
        )

    outcomes = listening.parts.store.plain.outcomes_of([decision_id])
    assert sorted(one.outcome for one in outcomes) == ["clicked", "delivered"]


def test_other_events_are_touchpoints(listening: Any) -> None:
    interact(listening, interaction("Quote", properties='{"panels": 12}', actionId="not-ours"))

    (event,) = listening.parts.store.state("c-1", 2**52, 10).events
    assert (event.name, event.action, event.properties) == ("quote", None, {"panels": 12})


def test_users_are_profiles(listening: Any) -> None:
    events = client(listening, "personalize-events")
    dataset = f"{ARN}dataset/nba/USERS"
    events.put_users(datasetArn=dataset, users=[{"userId": "c-1", "properties": '{"AGE": 40, "vip": true}'}])
    events.put_users(datasetArn=dataset, users=[{"userId": "c-1", "properties": '{"age": 41}'}])

    assert listening.parts.store.customer("c-1").attributes == {"age": 41, "vip": True}
    with pytest.raises(ClientError, match="UNKNOWN_ATTRIBUTE") as refused:
        events.put_users(datasetArn=dataset, users=[{"userId": "c-1", "properties": '{"shoe": 9}'}])
    assert refused.value.response["Error"]["Code"] == "InvalidInputException"


def test_actions_must_be_in_the_journey_file(listening: Any) -> None:
    events = client(listening, "personalize-events")
    dataset = f"{ARN}dataset/nba/ACTIONS"
    events.put_actions(datasetArn=dataset, actions=[{"actionId": "teaser", "properties": '{"price": 1}'}])

    with pytest.raises(events.exceptions.ResourceNotFoundException, match="expected an action"):
        events.put_actions(datasetArn=dataset, actions=[{"actionId": "pasta"}])


def test_what_is_wrong_is_told_in_the_clients_own_error(listening: Any) -> None:
    runtime = client(listening, "personalize-runtime")
    with pytest.raises(runtime.exceptions.ResourceNotFoundException, match="UNKNOWN_PLACEMENT"):
        recommended(listening, campaignArn=f"{ARN}campaign/nowhere")
    with pytest.raises(runtime.exceptions.InvalidInputException, match="FIELD_RANGE"):
        runtime.get_action_recommendations(userId="a b")


def test_a_wrong_event_or_user_costs_itself_alone(listening: Any) -> None:
    """Amazon's answer has no place for one of many, so the client raises; the others are stored."""
    with pytest.raises(ClientError, match=r"actionInteractions\[1\]\.eventType.*The others were taken"):
        interact(listening, interaction("Quote"), interaction("Danced"))
    (event,) = listening.parts.store.state("c-1", 2**52, 10).events
    assert event.name == "quote"

    events = client(listening, "personalize-events")
    users = [
        {"userId": "c-2", "properties": '{"shoe": 9}'},
        {"userId": "c-3", "properties": "no json"},
        {"userId": "c-4", "properties": '{"age": 41}'},
        {"userId": "a b"},
    ]
    with pytest.raises(ClientError, match=r"users\[0\]\.properties\.attributes.*The others were taken"):
        events.put_users(datasetArn=f"{ARN}dataset/nba/USERS", users=users)
    assert listening.parts.store.customer("c-4").attributes == {"age": 41}
    assert [listening.parts.store.customer(name) for name in ("c-2", "c-3")] == [None, None]


def test_the_access_key_id_is_the_key(listening: Any) -> None:
    with pytest.raises(ClientError) as refused:
        client(listening, "personalize-runtime", "nbask_wrong").get_action_recommendations(userId="c-1")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 401
    assert refused.value.response["Error"]["Code"] == "UnrecognizedClientException"
