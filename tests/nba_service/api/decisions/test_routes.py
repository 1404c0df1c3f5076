"""Decisions over HTTP: every address answers with the documented fields, and passes on what headers ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.api.decisions.responses import (
    DecisionAnswer,
    DecisionBatchAnswer,
    ExplainedAnswer,
    ReplayAnswer,
    WhatIfAnswer,
)
from nba_service.settings import Settings

ASK = {"customer_id": "c-1", "decision_id": "mail/1", "channels": ["web"]}


@pytest.fixture
def client(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> FlaskClient:
    return make_app(playbook_settings).test_client()


def test_a_decision_is_read_as_it_was_answered_explained_and_replayed(client: FlaskClient) -> None:
    made = client.post("/v1/decisions", json=ASK)
    read = client.get("/v1/decisions/mail/1")
    explained = client.get("/v1/decisions/mail/1/explanation")
    replayed = client.get("/v1/decisions/mail/1/replay")

    assert DecisionAnswer().load(made.get_json())
    assert read.data == made.data
    assert ExplainedAnswer().load(explained.get_json())
    assert {name: explained.get_json()[name] for name in made.get_json()} == made.get_json()
    assert ReplayAnswer().load(replayed.get_json())
    assert replayed.get_json()["identical"] is True


def test_a_batch_is_answered_in_its_order(client: FlaskClient) -> None:
    asked = [{**ASK, "customer_id": f"c-{n}", "decision_id": f"b/{n}"} for n in (2, 1)]

    answer = client.post("/v1/decisions/batch", json={"decisions": asked})

    assert DecisionBatchAnswer().load(answer.get_json())
    assert [one["customer_id"] for one in answer.get_json()["decisions"]] == ["c-2", "c-1"]
    assert client.get("/v1/decisions/b/1").get_json() == answer.get_json()["decisions"][1]


@pytest.mark.parametrize("path", ["/v1/decisions", "/v1/decisions/batch"])
def test_the_header_of_an_objection_is_part_of_every_call(client: FlaskClient, path: str) -> None:
    body: dict[str, Any] = ASK if path == "/v1/decisions" else {"decisions": [ASK]}

    assert client.post(path, json=body, headers={"Sec-GPC": "1"}).status_code == 200

    told = client.post("/v1/decisions", json={**ASK, "profile": {"consent": {"personalization": False}}})
    assert told.status_code == 200, "the same question as the header"
    assert client.post("/v1/decisions", json=ASK).get_json()["code"] == "IDEMPOTENCY_MISMATCH"


@pytest.mark.parametrize("path", ["/v1/decisions", "/v1/decisions/batch"])
def test_a_deadline_that_is_none_is_refused(client: FlaskClient, path: str) -> None:
    body: dict[str, Any] = ASK if path == "/v1/decisions" else {"decisions": [ASK]}

    refused = client.post(path, json=body, headers={"X-Deadline-Ms": "soon"})

    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "X-Deadline-Ms")


def test_a_what_if_answers_both_and_stores_neither(client: FlaskClient) -> None:
    answer = client.post("/v1/explanations", json={**ASK, "changes": {"phase": "customer"}})

    assert WhatIfAnswer().load(answer.get_json())
    assert answer.get_json()["what_if"]["phase"]["name"] == "customer"
    assert client.get("/v1/decisions/mail/1").status_code == 404


@pytest.mark.parametrize(("asked", "language"), [("en", "en"), ("de-AT", "de"), ("fr", "en")])
def test_a_text_for_the_customer_comes_in_two_languages(
    client: FlaskClient, asked: str, language: str
) -> None:
    client.post("/v1/decisions", json=ASK)

    found = client.get(f"/v1/decisions/mail/1/explanation?text={asked}").get_json()

    assert found["customer_text"]["language"] == language
    assert found["customer_text"]["text"]
