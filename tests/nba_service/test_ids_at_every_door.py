"""Every door refuses placeholders, and finds a person however their id was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import flask
import pytest
from flask.testing import FlaskClient

from models.domain.ids import refuse_placeholders
from nba_service.settings import Settings


@pytest.fixture
def client(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> Iterator[FlaskClient]:
    yield make_app(replace(playbook_settings, placeholder_ids=("gast",))).test_client()
    refuse_placeholders([])


@pytest.mark.parametrize("word", ["undefined", "*|UNIQID|*", "gast"])
def test_every_door_refuses_or_ignores_a_placeholder(client: FlaskClient, word: str) -> None:
    calls = {
        "decision": client.post("/v1/decisions", json={"customer_id": word, "channels": ["web"]}),
        "decision's id": client.post(
            "/v1/decisions", json={"customer_id": "c-1", "decision_id": word, "channels": ["web"]}
        ),
        "profile": client.put(f"/v1/customers/{word}", json={"attributes": {}}),
        "alias": client.post("/v1/customers/c-1/aliases", json={"aliases": [word]}),
        "aliases of": client.post(f"/v1/customers/{word}/aliases", json={"aliases": ["c-1"]}),
        "profile's alias": client.put("/v1/customers/c-1", json={"aliases": [word]}),
        "interaction": client.post(
            "/v1/interactions", json={"interactions": [{"customer_id": word, "touchpoint": "visit"}]}
        ),
        "flag": client.post("/ofrep/v1/evaluate/flags/hero", json={"context": {"targetingKey": word}}),
    }
    assert {name: answer.status_code for name, answer in calls.items() if answer.status_code < 400} == {}
    problem = calls["decision"].get_json()
    assert (
        problem["errors"][0]["code"] == "ID_PLACEHOLDER"
        if "errors" in problem
        else problem["code"] == "ID_PLACEHOLDER"
    )
    mail = client.get(f"/v1/email/email?recipient={word}&message_id=m-1")
    assert (mail.status_code, mail.get_json()["reason"]) == (200, "REQUEST_INVALID")
    segment = {"batch": [{"messageId": "m-1", "type": "track", "userId": word, "event": "visit"}]}
    client.post("/v1/batch", json=segment)
    assert client.get(f"/v1/customers/{word}").status_code == 404, "nobody was made of it"


def test_a_decomposed_id_in_an_address_finds_the_person(client: FlaskClient) -> None:
    assert client.put("/v1/customers/Zo\u00eb", json={"attributes": {}}).status_code == 200
    assert client.get("/v1/customers/Zoe\u0308").get_json()["customer_id"] == "Zo\u00eb"
    assert client.delete("/v1/customers/Zoe\u0308").status_code == 204
    assert client.get("/v1/customers/Zo\u00eb").status_code == 404
