"""Measures over HTTP: JSON or CSV, few customers hidden from keys without ``admin``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import flask
import pytest

from nba_service.access.issuing import KeyIssuer
from nba_service.measures.rollups.rollup import Rollup
from nba_service.settings import Authentication, Settings
from tests.nba_service.conftest import NOW


@pytest.fixture
def app(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> flask.Flask:
    app = make_app(playbook_settings)
    for number in range(3):
        body = {"customer_id": f"c-{number}", "context": {"time": "2026-11-19T12:00:00Z"}}
        assert app.test_client().post("/v1/decisions", json=body).status_code == 200
    parts = app.extensions["nba"]
    Rollup(parts.store.plain.rollups, parts.source.current().journey, lambda: NOW).run()
    return app


def test_json_and_csv_at_the_same_address(app: flask.Flask) -> None:
    client = app.test_client()
    answer = client.get("/v1/measures/lift?days=7")
    csv = client.get("/v1/measures/lift?days=7", headers={"Accept": "text/csv"})

    assert answer.get_json()["arms"][0]["customers"] == 3
    assert csv.content_type == "text/csv; charset=utf-8"
    assert csv.text.startswith("arm,policy,designed_share,customers,")
    assert client.get("/v1/measures/lift.csv?days=7").data == csv.data


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("luck", 404, "NOT_FOUND"),
        ("lift?days=0", 422, "FIELD_RANGE"),
        ("lift?days=1&days=2", 400, "DUPLICATE_KEY"),
        ("lift?what=1", 422, "UNKNOWN_FIELD"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(app: flask.Flask, query: str, status: int, code: str) -> None:
    answer = app.test_client().get(f"/v1/measures/{query}")

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_three_customers_are_hidden_from_a_key_that_only_reads(
    make_app: Callable[..., flask.Flask], app: flask.Flask, playbook_settings: Settings
) -> None:
    guarded = make_app(
        replace(playbook_settings, authentication=Authentication.REQUIRED, key_cache_seconds=0)
    )
    issuer = KeyIssuer(guarded.extensions["nba"].store.plain.keys, lambda: NOW)
    seen = {}
    for scopes in (("read",), ("read", "admin"), ("decide",)):
        _, token = issuer.create("-".join(scopes), scopes=scopes)
        headers = {"Authorization": f"Bearer {token}"}
        answer = guarded.test_client().get("/v1/measures/lift?days=7", headers=headers)
        first = answer.get_json().get("arms", [{}])[0]
        seen[scopes[-1]] = (answer.status_code, first.get("customers"))

    assert seen == {"read": (200, None), "admin": (200, 3), "decide": (403, None)}
