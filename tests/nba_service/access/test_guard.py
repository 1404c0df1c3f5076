"""Real requests with and without keys: who is let through, and what the others are told."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import flask
import pytest
import structlog
from flask.testing import FlaskClient

from nba_service.access.issuing import KeyIssuer
from nba_service.app import create_app
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind, make_token
from nba_service.keys.visitor_ids import make_visitor
from nba_service.settings import Settings
from tests.nba_service.access.conftest import NOW, SITE, MakeKey

ASK = {"customer_id": "c-1", "placements": ["banner"]}


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


def decide(client: FlaskClient, headers: dict[str, str], **body: Any) -> tuple[int, str | None]:
    answer = client.post("/v1/decisions", json={**ASK, **body}, headers=headers)
    return answer.status_code, answer.get_json().get("code")


def test_without_a_key_nothing_but_health_and_docs_answers(client: FlaskClient) -> None:
    answer = client.post("/v1/decisions", json=ASK)

    assert (answer.status_code, answer.get_json()["code"]) == (401, "KEY_MISSING")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.content_type == "application/problem+json"
    for path in ("/healthz", "/readyz", "/openapi.json", "/docs"):
        assert client.get(path).status_code == 200, path


def test_a_key_opens_what_its_scope_says_and_nothing_else(client: FlaskClient, make_key: MakeKey) -> None:
    _, headers = make_key(scopes=[Scope.DECIDE])

    assert decide(client, headers) == (200, None)
    refused = client.post("/v1/interactions", json={}, headers=headers)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "SCOPE_MISSING")
    assert "track" in refused.get_json()["detail"]


def test_admin_is_not_everything(client: FlaskClient, make_key: MakeKey) -> None:
    _, headers = make_key(scopes=[Scope.ADMIN])

    assert decide(client, headers)[0] == 403
    assert client.delete("/v1/customers/c-1", headers=headers).status_code == 204


@pytest.mark.parametrize("shown", ["Bearer {}", "bearer {}", "Basic {}"])
def test_a_key_is_a_bearer_token_or_a_password(client: FlaskClient, make_key: MakeKey, shown: str) -> None:
    _, headers = make_key(scopes=[Scope.DECIDE])
    token = headers["Authorization"].removeprefix("Bearer ")
    if shown.startswith("Basic"):
        token = base64.b64encode(f"any one:{token}".encode()).decode()

    assert decide(client, {"Authorization": shown.format(token)}) == (200, None)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "KEY_MISSING"),
        ({"Authorization": "Bearer"}, "KEY_MISSING"),
        ({"Authorization": "Basic %%%"}, "KEY_MISSING"),
        ({"Authorization": "Basic " + base64.b64encode(b"name:").decode()}, "KEY_MISSING"),
        ({"Authorization": "Bearer nbask_wrong"}, "KEY_INVALID"),
        ({"Authorization": "Bearer " + make_token(KeyKind.SECRET)}, "KEY_INVALID"),
        ({"Authorization": "Bearer \u00e9\u00ff"}, "KEY_INVALID"),
        ({"Authorization": "Bearer " + "x" * 5_000}, "KEY_INVALID"),
    ],
)
def test_what_is_no_key_opens_nothing(client: FlaskClient, headers: dict[str, str], code: str) -> None:
    assert decide(client, headers) == (401, code)


def test_a_secret_key_in_the_address_opens_nothing(client: FlaskClient, make_key: MakeKey) -> None:
    _, headers = make_key(scopes=[Scope.DECIDE])
    token = headers["Authorization"].removeprefix("Bearer ")

    assert client.post(f"/v1/decisions?key={token}", json=ASK).get_json()["code"] == "KEY_MISSING"


def test_a_revoked_key_opens_nothing(client: FlaskClient, make_key: MakeKey, issuer: KeyIssuer) -> None:
    key, headers = make_key(scopes=[Scope.DECIDE])
    assert decide(client, headers)[0] == 200

    issuer.revoke(key.key_id)

    assert decide(client, headers) == (401, "KEY_INVALID")


def test_a_key_ends_when_it_expires(
    make_app: Callable[..., flask.Flask], app: flask.Flask, make_key: MakeKey
) -> None:
    _, headers = make_key(scopes=[Scope.DECIDE], expires_at=NOW + timedelta(days=1))
    settings = app.extensions["nba"].settings
    now = [NOW + timedelta(hours=23)]
    client = make_app(settings, clock=lambda: now[0]).test_client()
    assert decide(client, headers)[0] == 200

    now[0] = NOW + timedelta(days=1)

    assert decide(client, headers) == (401, "KEY_INVALID")


def test_a_page_may_decide_for_its_placements_and_report(
    client: FlaskClient, page_key: dict[str, str]
) -> None:
    assert decide(client, page_key, customer_id=make_visitor()) == (200, None)
    for body in ({"placements": ["sidebar"]}, {"placements": None}, {"placements": ["banner", "sidebar"]},
                 {"placements": None, "channels": ["email"]}, {"explain": True}):  # fmt: skip
        assert decide(client, page_key, **body) == (403, "PLACEMENT_REFUSED"), body

    outcome = {"decision_id": uuid4().hex, "outcome": "clicked"}
    assert client.post("/v1/outcomes", json=outcome, headers=page_key).status_code == 202
    for method, path in (
        ("post", "/v1/decisions/batch"),
        ("post", "/v1/interactions"),
        ("post", "/v1/explanations"),
        ("put", "/v1/customers/c-1"),
        ("get", "/v1/customers/c-1"),
        ("get", "/v1/bundles"),
        ("delete", "/v1/customers/c-1"),
    ):
        answer = getattr(client, method)(path, headers=page_key)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "SCOPE_MISSING"), path


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", f"{SITE}.evil.example", "http://www.example.com"]
)
def test_a_page_key_serves_its_own_pages_only(
    client: FlaskClient, page_key: dict[str, str], origin: str | None
) -> None:
    headers = {name: value for name, value in page_key.items() if name != "Origin"}
    if origin is not None:
        headers["Origin"] = origin

    answer = client.post("/v1/decisions", json=ASK, headers=headers)

    assert (answer.status_code, answer.get_json()["code"]) == (403, "ORIGIN_REFUSED")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_browser_may_ask_before_and_read_afterwards(client: FlaskClient, page_key: dict[str, str]) -> None:
    asked = {
        "Origin": SITE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    before = client.options("/v1/decisions", headers=asked)
    real = client.post("/v1/decisions", json={**ASK, "customer_id": make_visitor()}, headers=page_key)
    wrong = client.post("/v1/decisions", json={}, headers=page_key)
    keyless = client.post("/v1/decisions", json=ASK, headers={"Origin": SITE})

    assert before.status_code == 204
    assert "authorization" in before.headers["Access-Control-Allow-Headers"].lower()
    for answer in (before, real, wrong, keyless):
        assert answer.headers["Access-Control-Allow-Origin"] == SITE
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_other_origins_and_routes_get_no_permission(client: FlaskClient, page_key: dict[str, str]) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for path, origin in (("/v1/decisions", "https://evil.example"), ("/v1/interactions", SITE)):
        answer = client.options(path, headers={**asked, "Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_key_of_another_page_does_not_help(
    client: FlaskClient, page_key: dict[str, str], make_key: MakeKey
) -> None:
    """The preflight answers for all keys together; the request itself is held to its own."""
    other = "https://other.example"
    make_key("other", publishable=True, origins=[other], placements=["banner"])

    answer = client.post("/v1/decisions", json=ASK, headers={**page_key, "Origin": other})

    assert answer.get_json()["code"] == "ORIGIN_REFUSED"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_publishable_key_cannot_tell_outcomes_of_decisions_it_does_not_know(
    client: FlaskClient, page_key: dict[str, str]
) -> None:
    """Ids of customers can be guessed; which ids of decisions it may name: test_pages.py."""
    told = {"customer_id": "c", "action": "teaser", "channel": "web", "outcome": "clicked"}

    refused = client.post("/v1/outcomes", json=told, headers=page_key)

    assert (refused.status_code, refused.get_json()["code"]) == (403, "SCOPE_MISSING")


def test_a_route_without_a_scope_cannot_answer(playbook_settings: Settings) -> None:
    app = create_app(playbook_settings, poll=False)
    app.add_url_rule("/forgotten", view_func=lambda: "secrets")

    with structlog.testing.capture_logs():
        answer = app.test_client().get("/forgotten")

    assert answer.status_code == 500
    assert "secrets" not in answer.text


def test_authentication_can_be_off(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> None:
    client = make_app(dataclasses.replace(playbook_settings)).test_client()

    assert decide(client, {}) == (200, None)


def test_last_use_is_noted(client: FlaskClient, make_key: MakeKey, issuer: KeyIssuer) -> None:
    key, headers = make_key(scopes=[Scope.DECIDE])
    for _ in range(2):
        decide(client, headers)

    assert {one.key_id: one.last_used_at for one in issuer.all()}[key.key_id] == int(NOW.timestamp() * 1000)
