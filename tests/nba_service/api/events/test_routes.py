"""Outcomes and interactions over HTTP: counted, idempotent, and 202 for what still lacks its decision."""

from __future__ import annotations

from collections.abc import Callable

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.api.events.schemas import OutcomesAnswer, WrittenAnswer
from nba_service.settings import Settings


@pytest.fixture
def client(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> FlaskClient:
    return make_app(playbook_settings).test_client()


def test_interactions_say_which_were_new_and_under_which_ids(client: FlaskClient) -> None:
    visit = {"customer_id": "c-1", "touchpoint": "visit", "interaction_id": "i-1"}
    unnamed = {"customer_id": "c-1", "touchpoint": "visit", "occurred_at": "2026-11-20T11:00:00Z"}

    first = client.post("/v1/interactions", json=visit)
    both = client.post("/v1/interactions", json={"interactions": [visit, unnamed]})

    assert WrittenAnswer().load(both.get_json())
    assert first.get_json() == {"new": 1, "known": 0, "ids": ["i-1"]}
    told = both.get_json()
    assert (both.status_code, told["new"], told["known"], told["ids"][0]) == (200, 1, 1, "i-1")
    again = client.post("/v1/interactions", json=unnamed).get_json()
    assert (again["new"], again["ids"]) == (0, told["ids"][1:]), "the content is the id"


def test_one_that_cannot_be_leaves_the_others(client: FlaskClient) -> None:
    fine, wrong = ({"customer_id": "c-1", "touchpoint": "visit", "channel": one} for one in ("web", "fax"))

    found = client.post("/v1/interactions", json={"interactions": [fine, wrong]})

    assert (found.status_code, found.get_json()["new"]) == (200, 1)
    (refused,) = found.get_json()["refused"]
    assert refused["errors"][0]["code"] == "UNKNOWN_CHANNEL"


def test_an_outcome_of_a_known_decision_is_200(client: FlaskClient) -> None:
    client.post("/v1/decisions", json={"customer_id": "c-1", "decision_id": "d-1", "channels": ["web"]})

    found = client.post(
        "/v1/outcomes", json={"decision_id": "d-1", "outcome": "clicked", "outcome_id": "o-1"}
    )

    assert OutcomesAnswer().load(found.get_json())
    assert found.status_code == 200
    assert found.get_json() == {"new": 1, "known": 0, "ids": ["o-1"], "pending": [], "unattributed": []}


def test_an_outcome_that_waits_for_its_decision_is_202(client: FlaskClient) -> None:
    unknown = client.post("/v1/outcomes", json={"decision_id": "d-9", "outcome": "clicked"})
    unattributed = client.post(
        "/v1/outcomes",
        json={
            "customer_id": "c-1",
            "action": "offer",
            "channel": "email",
            "outcome": "clicked",
            "outcome_id": "o-2",
        },
    )

    assert (unknown.status_code, unknown.get_json()["pending"]) == (202, ["d-9"])
    assert (unattributed.status_code, unattributed.get_json()["unattributed"]) == (202, ["o-2"])


def test_an_unknown_outcome_is_refused(client: FlaskClient) -> None:
    refused = client.post("/v1/outcomes", json={"decision_id": "d-1", "outcome": "danced"})

    assert (refused.status_code, refused.get_json()["code"]) == (422, "UNKNOWN_OUTCOME")
