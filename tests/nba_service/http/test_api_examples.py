"""Examples of the API: every operation and field has one, and each works when it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from models.registry import Registry
from nba_service.http.api_examples import add_examples, recorded
from nba_service.settings import Settings
from tests.nba_service.conftest import NOW

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
BUNDLE = "2026-11-20T02-00Z-4f1c"
OF_ITS_OWN = ("{digest}", "{token}", "{account_id}", "/configurations/", "/worklists")
"""Of a running service alone; the solar company has no accounts and configurators (``api`` has tests)."""


@pytest.fixture(scope="module")
def spec(shared_client: FlaskClient) -> dict[str, Any]:
    held: dict[str, Any] = shared_client.get("/openapi.json").get_json()
    return held


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, held in spec["paths"].items():
        for method in ("get", "put", "post", "delete"):
            if method in held:
                yield f"{method.upper()} {path}", held[method] | {"shared": held.get("parameters", [])}


def test_every_operation_has_a_call(spec: dict[str, Any]) -> None:
    assert {name for name, _ in operations(spec)} == {call["operation"] for call in recorded()["calls"]}


def test_bodies_answers_and_parameters_have_examples(spec: dict[str, Any]) -> None:
    lacking = []
    for name, operation in operations(spec):
        parts = [operation.get("requestBody", {})]
        parts += [a for status, a in operation["responses"].items() if status in ("200", "201")]
        for part in parts:
            lacking += [
                name for kind, c in part.get("content", {}).items() if "json" in kind and "example" not in c
            ]
        for parameter in [*operation["shared"], *operation.get("parameters", [])]:
            if parameter["in"] == "path" and "example" not in parameter:
                lacking.append(f"{name} {parameter['name']}")

    assert lacking == []


def test_every_field_has_an_example(spec: dict[str, Any]) -> None:
    """Fields that are objects of ours are shown by their own fields."""
    lacking = [
        f"{name}.{field}"
        for name, schema in spec["components"]["schemas"].items()
        for field, held in schema.get("properties", {}).items()
        if "examples" not in held and "$ref" not in json.dumps(held)
    ]

    assert len(spec["components"]["schemas"]) >= 90
    assert lacking == []


def test_fields_without_a_call_are_fields_of_the_file(spec: dict[str, Any]) -> None:
    schemas = spec["components"]["schemas"]

    for field in recorded()["fields"]:
        schema, _, name = field.partition(".")
        assert name in schemas[schema]["properties"], field


@pytest.fixture
def client(
    make_app: Callable[..., flask.Flask], settings: Settings, solar_journey_path: Path, tmp_path: Path
) -> FlaskClient:
    """A service of the solar company, whose names the examples use; its playbook decides."""
    own = replace(settings, registry=tmp_path / "none", journey=solar_journey_path, identity_secret="s" * 32)
    return make_app(own).test_client()


def test_each_example_is_answered_as_it_says(client: FlaskClient) -> None:
    """In their order: what one stores the next asks for. Figures differ, fields do not."""
    token = ""
    for call in recorded()["calls"]:
        method, _, path = call["operation"].partition(" ")
        if any(part in path for part in OF_ITS_OWN) or names_a_bundle(call):
            continue
        for name, value in call.get("path", {}).items():
            path = path.replace(f"{{{name}}}", value)
        body = json.loads(json.dumps(call.get("body")).replace("{token}", token))

        answer = client.open(path, method=method, query_string=call.get("query"), json=body, headers=BROWSER)

        assert answer.status_code == call["status"], f"{call['operation']}: {answer.text}"
        measured = "{measure}" in call["operation"]  # here nothing was measured yet
        if answer.is_json and isinstance(call["answer"], dict) and not measured:
            held = answer.get_json()
            token = held.get("token", token)
            same = set(held) ^ set(call["answer"])
            assert same <= {"blocked", "refused", "pending", "unattributed", "value"}, (
                f"{call['operation']}: {same}"
            )


def test_bundles_are_promoted_and_rolled_back_as_the_examples_say(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    client = make_app(settings).test_client()
    Registry(settings.registry).promote("b-2", "second", NOW, check=lambda _: None)
    for call in filter(names_a_bundle, recorded()["calls"]):
        path = call["operation"].partition(" ")[2].replace("{bundle_id}", "b-2")
        answer = client.post(path, json=json.loads(json.dumps(call["body"]).replace(BUNDLE, "b-2")))
        assert answer.status_code in (200, 409), answer.text
        if answer.status_code == 200:
            assert set(answer.get_json()) == set(call["answer"])


def names_a_bundle(call: dict[str, Any]) -> bool:
    """Bundles have their names from their registry."""
    return BUNDLE in json.dumps([call.get("path"), call.get("body")])


SPEC = {
    "paths": {
        "/v1/decisions/{decision_id}": {
            "parameters": [{"name": "decision_id", "in": "path"}],
            "get": {
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "anyOf": [
                                        {"$ref": "#/components/schemas/Page"},
                                        {"$ref": "#/components/schemas/Full"},
                                    ]
                                }
                            }
                        }
                    }
                }
            },
        }
    },
    "components": {
        "schemas": {
            "Page": {"properties": {"decision_id": {}}, "additionalProperties": False},
            "Full": {
                "properties": {
                    "decision_id": {},
                    "arm": {},
                    "actions": {"items": {"$ref": "#/components/schemas/Action"}},
                }
            },
            "Action": {"properties": {"rank": {}}},
        }
    },
}


def test_an_example_shows_the_fields_of_the_schema_that_knows_them_all() -> None:
    spec = json.loads(json.dumps(SPEC))

    with pytest.MonkeyPatch.context() as patch:
        only = [c for c in recorded()["calls"] if c["operation"] == "GET /v1/decisions/{decision_id}"]
        patch.setattr("nba_service.http.api_examples.recorded", lambda: {"calls": only, "fields": {}})
        add_examples(spec)

    schemas = spec["components"]["schemas"]
    assert schemas["Full"]["properties"]["decision_id"]["examples"] == ["page-view-81f2"]
    assert schemas["Action"]["properties"]["rank"]["examples"] == [1]
    assert "examples" not in schemas["Page"]["properties"]["decision_id"]
    assert spec["paths"]["/v1/decisions/{decision_id}"]["parameters"][0]["example"] == "page-view-81f2"
