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


def test_an_id_that_holds_another_content_refuses_the_request(client: FlaskClient) -> None:
    client.post("/v1/interactions", json={**VISIT, "interaction_id": "a"})
    sent = [{**VISIT, "interaction_id": "new"}, {**VISIT, "interaction_id": "a", "touchpoint": "order"}]

    answer = client.post("/v1/interactions", json={"interactions": sent})

    assert answer.status_code == 422
    problem = answer.get_json()
    assert problem["code"] == "IDEMPOTENCY_MISMATCH"
    assert [error["field"] for error in problem["errors"]] == ["interactions[1].interaction_id"]
    assert [one["interaction_id"] for one in held(client, "interactions")] == ["a"]


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
        ("outcomes", {"decision_id": "d", "outcome": "bought"}, "UNKNOWN_OUTCOME", "outcomes[0].outcome"),
        ("outcomes", {"decision_id": "d"}, "FIELD_REQUIRED", "outcomes[0].outcome"),
        ("outcomes", {"outcomes": []}, "FIELD_RANGE", "outcomes"),
        (
            "outcomes",
            {"decision_id": "d", "outcome": "clicked", "occurred_at": "2027-01-01T00:00:00Z"},
            "TIME_IN_FUTURE",
            "outcomes[0].occurred_at",
        ),
        ("interactions", {**VISIT, "channel": "fax"}, "UNKNOWN_CHANNEL", "interactions[0].channel"),
        ("interactions", {**VISIT, "action": "bribe"}, "UNKNOWN_ACTION", "interactions[0].action"),
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
