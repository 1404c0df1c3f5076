"""Amazon Personalize's addresses, as boto3 calls them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from nba_service.compat.amazon_personalize.schemas import RecommendAnswer

ARN = "arn:aws:personalize:eu-central-1:123456789012:campaign/"


def test_a_recommendation_has_amazons_fields(shared_client: FlaskClient) -> None:
    answer = shared_client.post("/action-recommendations", json={"userId": "aws-1"})

    assert answer.status_code == 200
    assert RecommendAnswer().load(answer.get_json())


def test_the_header_of_an_objection_counts(shared_client: FlaskClient) -> None:
    answer = shared_client.post("/action-recommendations", json={"userId": "aws-2"}, headers={"Sec-GPC": "1"})

    decision_id = answer.get_json()["recommendationId"]
    explained = shared_client.get(f"/v1/decisions/{decision_id}/explanation?text=en").get_json()
    plain = shared_client.post("/action-recommendations", json={"userId": "aws-2"}).get_json()
    without = shared_client.get(f"/v1/decisions/{plain['recommendationId']}/explanation?text=en").get_json()
    assert explained["customer_text"]["text"] != without["customer_text"]["text"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/action-interactions",
            {
                "trackingId": "t",
                "actionInteractions": [
                    {
                        "actionId": "teaser",
                        "userId": "aws-3",
                        "sessionId": "s",
                        "eventType": "Quote",
                        "timestamp": 1_790_000_000,
                    }
                ],
            },
        ),
        ("/users", {"datasetArn": "d", "users": [{"userId": "aws-3", "properties": '{"age": 40}'}]}),
        ("/actions", {"datasetArn": "d", "actions": [{"actionId": "teaser"}]}),
    ],
)
def test_what_was_taken_is_answered_with_nothing(shared_client: FlaskClient, path: str, body: object) -> None:
    answer = shared_client.post(path, json=body)

    assert (answer.status_code, answer.get_json()) == (200, {})


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "code"),
    [
        ("/action-recommendations", {"userId": "a b"}, 400, "InvalidInputException", "FIELD_RANGE"),
        (
            "/action-recommendations",
            {"userId": "c", "campaignArn": f"{ARN}nowhere"},
            404,
            "ResourceNotFoundException",
            "UNKNOWN_PLACEMENT",
        ),
        (
            "/actions",
            {"datasetArn": "d", "actions": [{"actionId": "pasta"}]},
            404,
            "ResourceNotFoundException",
            "UNKNOWN_ACTION",
        ),
    ],
)
def test_refusals_have_amazons_shape(
    shared_client: FlaskClient, path: str, body: object, status: int, kind: str, code: str
) -> None:
    answer = shared_client.post(path, json=body)

    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (status, kind)
    assert answer.get_json()["__type"] == kind
    assert answer.get_json()["message"].startswith(f"{code}: ")
