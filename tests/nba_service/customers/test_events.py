"""Outcomes and interactions: kept once, whatever is repeated, late, early or unknown."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from nba_service.api.events.schemas import OutcomesAnswer, WrittenAnswer

VISIT = {"customer_id": "c", "touchpoint": "visit", "occurred_at": "2026-11-19T10:00:00Z"}


def held(client: FlaskClient, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/customers/c").get_json()[table]
    return found


def test_one_or_many_may_be_sent(client: FlaskClient) -> None:
    alone = client.post("/v1/interactions", json={**VISIT, "interaction_id": "a"})
    many = client.post(
        "/v1/interactions", json={"interactions": [{**VISIT, "interaction_id": name} for name in "abc"]}
    )

    assert WrittenAnswer().load(many.get_json())
    assert alone.get_json() == {"new": 1, "known": 0, "ids": ["a"]}
    assert many.get_json() == {"new": 2, "known": 1, "ids": ["a", "b", "c"]}


def test_without_an_id_the_content_is_the_id(client: FlaskClient) -> None:
    first = client.post("/v1/interactions", json=VISIT).get_json()
    again = client.post("/v1/interactions", json=VISIT).get_json()

    assert (again["known"], again["ids"]) == (1, first["ids"])


def test_without_id_and_time_every_interaction_is_new(client: FlaskClient) -> None:
    timeless = {"customer_id": "c", "touchpoint": "visit"}
    for _ in range(2):
        assert client.post("/v1/interactions", json=timeless).get_json()["new"] == 1
    assert len(held(client, "interactions")) == 2


def test_an_id_that_holds_another_content_costs_its_element_alone(client: FlaskClient) -> None:
    client.post("/v1/interactions", json={**VISIT, "interaction_id": "a"})
    sent = [{**VISIT, "interaction_id": "new"}, {**VISIT, "interaction_id": "a", "touchpoint": "order"}]

    answer = client.post("/v1/interactions", json={"interactions": sent})

    assert answer.status_code == 200
    assert WrittenAnswer().load(answer.get_json())
    assert answer.get_json()["ids"] == ["new", None]
    (refused,) = answer.get_json()["refused"]
    assert (refused["index"], refused["code"]) == (1, "IDEMPOTENCY_MISMATCH")
    assert refused["errors"][0]["field"] == "interactions[1].interaction_id"
    assert {one["interaction_id"] for one in held(client, "interactions")} == {"a", "new"}


HALF = (
    b'{"interactions": [%s, {"customer_id": "c", "touchpoint": "visit", "properties": {"t": "a \\ud83d"}}]}'
)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (HALF, "TEXT_INVALID", "interactions[1].properties.t"),
        (b'{"interactions": [%s, null]}', "FIELD_TYPE", "interactions[1]"),
        (b'{"interactions": [%s, {"customer_id": "c"}]}', "FIELD_REQUIRED", "interactions[1].touchpoint"),
        (
            b'{"interactions": [%s, {"customer_id": "c", "touchpoint": "visit", "channel": "fax"}]}',
            "UNKNOWN_CHANNEL",
            "interactions[1].channel",
        ),
    ],
)
def test_one_wrong_element_costs_itself_alone(
    client: FlaskClient, body: bytes, code: str, field: str
) -> None:
    good = b'{"customer_id": "c", "touchpoint": "order", "interaction_id": "good"}'
    answer = client.post("/v1/interactions", data=body % good, content_type="application/json")

    assert (answer.status_code, answer.get_json()["new"]) == (200, 1)
    assert answer.get_json()["ids"] == ["good", None]
    (refused,) = answer.get_json()["refused"]
    assert (refused["code"], refused["errors"][0]["field"]) == (code, field)
    assert [one["interaction_id"] for one in held(client, "interactions")] == ["good"]


def test_a_wrong_outcome_costs_itself_alone(client: FlaskClient) -> None:
    sent = [{"decision_id": "d", "outcome": "clicked"}, {"decision_id": "d", "outcome": "bought"}]

    answer = client.post("/v1/outcomes", json={"outcomes": sent})

    assert OutcomesAnswer().load(answer.get_json())
    assert (answer.status_code, answer.get_json()["pending"]) == (202, ["d"])
    assert [one["errors"][0]["field"] for one in answer.get_json()["refused"]] == ["outcomes[1].outcome"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("occurred_at", "2025-01-05", "'2025-01-05'"),
        ("value", "5", "'5'"),
        ("customer_id", "x y", "'x y'"),
        ("occurred_at", "2027-01-05T10:00:00Z", "2027-01-05T10:00:00Z"),
    ],
)
def test_errors_of_one_alone_say_what_was_sent(
    shared_client: FlaskClient, field: str, value: str, said: str
) -> None:
    answer = shared_client.post("/v1/interactions", json={**VISIT, field: value})

    assert answer.status_code == 422
    (error,) = answer.get_json()["errors"]
    assert error["field"] == field
    assert said in error["detail"]


def test_half_of_a_character_refuses_one_that_is_sent_alone(shared_client: FlaskClient) -> None:
    body = b'{"customer_id": "c", "touchpoint": "visit", "properties": {"t": "\\ud83d"}}'
    answer = shared_client.post("/v1/interactions", data=body, content_type="application/json")

    assert (answer.status_code, answer.get_json()["code"]) == (400, "BODY_NOT_JSON")
    assert "surrogate pair" in answer.get_json()["detail"]


def test_an_outcome_of_a_known_decision(client: FlaskClient) -> None:
    client.post("/v1/decisions", json={"customer_id": "c", "decision_id": "d"})

    answer = client.post("/v1/outcomes", json={"decision_id": "d", "outcome": "clicked", "value": 12.5})

    assert answer.status_code == 200
    assert OutcomesAnswer().load(answer.get_json())["pending"] == []
    assert held(client, "outcomes")[0]["value"] == 12.5


def test_an_outcome_that_comes_before_its_decision_waits_for_it(client: FlaskClient) -> None:
    early = client.post("/v1/outcomes", json={"decision_id": "d", "outcome": "clicked"})
    assert (early.status_code, early.get_json()["pending"]) == (202, ["d"])

    client.post("/v1/decisions", json={"customer_id": "c", "decision_id": "d"})

    assert [one["outcome"] for one in held(client, "outcomes")] == ["clicked"]
    again = client.post("/v1/outcomes", json={"decision_id": "d", "outcome": "clicked"})
    assert (again.status_code, again.get_json()["known"]) == (200, 1)


@pytest.mark.parametrize(
    ("path", "body", "code", "field"),
    [
        ("outcomes", {"decision_id": "d", "outcome": "bought"}, "UNKNOWN_OUTCOME", "outcome"),
        ("outcomes", {"decision_id": "d"}, "FIELD_REQUIRED", "outcome"),
        ("outcomes", {"outcomes": []}, "FIELD_RANGE", "outcomes"),
        (
            "outcomes",
            {"decision_id": "d", "outcome": "clicked", "occurred_at": "2027-01-01T00:00:00Z"},
            "TIME_IN_FUTURE",
            "occurred_at",
        ),
        ("interactions", {**VISIT, "channel": "fax"}, "UNKNOWN_CHANNEL", "channel"),
        ("interactions", {**VISIT, "action": "bribe"}, "UNKNOWN_ACTION", "action"),
        ("interactions", {"interactions": [VISIT] * 1_001}, "FIELD_RANGE", "interactions"),
        ("interactions", {"interactions": "all"}, "FIELD_TYPE", "interactions"),
    ],
)
def test_wrong_events(
    shared_client: FlaskClient, path: str, body: dict[str, Any], code: str, field: str
) -> None:
    problem = shared_client.post(f"/v1/{path}", json=body).get_json()

    assert (problem["code"], problem["errors"][0]["field"]) == (code, field)


def test_touchpoints_need_not_be_declared(shared_client: FlaskClient) -> None:
    """The vocabulary grows faster than the journey file; training learns from the rest too."""
    answer = shared_client.post("/v1/interactions", json={**VISIT, "touchpoint": "new_widget_used"})

    assert answer.status_code == 200
