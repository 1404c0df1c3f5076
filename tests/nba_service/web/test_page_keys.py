"""A key that stands in a page: in the address, for its origin, its placements, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.access.issuing import KeyIssuer
from nba_service.settings import Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SITE = "https://www.example.com"
PAGE = {"Origin": SITE, "User-Agent": "Mozilla/5.0 Chrome/140", "Content-Type": "text/plain"}


@pytest.fixture
def app(make_app: Callable[..., flask.Flask], page_settings: Settings) -> flask.Flask:
    return make_app(page_settings)


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def key(app: flask.Flask) -> str:
    issuer = KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW)
    return issuer.create("page", publishable=True, origins=[SITE], placements=["banner"])[1]


def test_a_page_fills_its_own_slots_and_no_others(client: FlaskClient, key: str, visitor: str) -> None:
    body = {"visitor": visitor, "visit": "visit-0001", "placements": ["banner", "sidebar"]}

    answer = client.post(
        f"/v1/slots?key={key}", json=body, headers=PAGE | {"Content-Type": "application/json"}
    )

    assert [slot["placement"] for slot in answer.get_json()["slots"]] == ["banner"]
    assert answer.get_json()["ignored"] == ["placements.sidebar"]
    assert answer.headers["Access-Control-Allow-Origin"] == SITE


@pytest.mark.parametrize("path", ["slots", "beacon", "identify"])
def test_pages_of_other_origins_and_without_a_key_are_refused(
    client: FlaskClient, key: str, path: str
) -> None:
    foreign = client.post(
        f"/v1/{path}?key={key}", data="{}", headers=PAGE | {"Origin": "https://evil.example"}
    )
    without = client.post(f"/v1/{path}", data="{}", headers=PAGE)

    assert (foreign.status_code, foreign.get_json()["code"]) == (403, "ORIGIN_REFUSED")
    assert (without.status_code, without.get_json()["code"]) == (401, "KEY_MISSING")


def test_a_page_makes_no_identities(client: FlaskClient, key: str) -> None:
    answer = client.post(
        f"/v1/identities?key={key}", json={"customer_id": "c-1042"}, headers={"Origin": SITE}
    )

    assert (answer.status_code, answer.get_json()["code"]) == (403, "SCOPE_MISSING")


def test_the_script_needs_no_key(client: FlaskClient) -> None:
    assert {client.get(path).status_code for path in ("/nba.js", "/nba.mjs", "/nba.d.ts")} == {200}
