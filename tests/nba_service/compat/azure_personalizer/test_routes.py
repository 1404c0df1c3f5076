"""Azure AI Personalizer's addresses, as its client libraries call them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from nba_service.compat.azure_personalizer.schemas import RankAnswer

RANK = "/personalizer/v1.0/rank"


def test_a_rank_is_created_with_azures_fields(shared_client: FlaskClient) -> None:
    answer = shared_client.post(RANK, json={"actions": [{"id": "soup"}, {"id": "salad"}], "eventId": "az-1"})

    assert answer.status_code == 201
    assert RankAnswer().load(answer.get_json())
    assert answer.get_json()["eventId"] == "az-1"


def test_reward_and_activation_answer_with_nothing(shared_client: FlaskClient) -> None:
    shared_client.post(RANK, json={"actions": [{"id": "soup"}], "eventId": "az/2"})

    activated = shared_client.post("/personalizer/v1.0/events/az/2/activate")
    rewarded = shared_client.post("/personalizer/v1.0/events/az%2F2/reward", json={"value": 1})

    assert [(one.status_code, one.data) for one in (activated, rewarded)] == [(204, b"")] * 2


def test_a_wrong_field_is_the_target_of_azures_error(shared_client: FlaskClient) -> None:
    answer = shared_client.post(RANK, json={"actions": [{"id": "a"}, {"id": "a"}]})

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["target"]) == (400, "BadRequest", "actions")
    assert error["message"].startswith("FIELD_RANGE: actions: expected every id once")


@pytest.mark.parametrize(("call", "body"), [("reward", {"value": 1}), ("activate", None)])
def test_an_event_that_nobody_ranked_is_not_found(
    shared_client: FlaskClient, call: str, body: dict[str, int] | None
) -> None:
    answer = shared_client.post(f"/personalizer/v1.0/events/az-nobody/{call}", json=body)

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (404, "ResourceNotFound")
    assert "target" not in error
