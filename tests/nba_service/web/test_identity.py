"""Who a visitor is: only a signed token makes a browser a customer."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.settings import Settings

Post = Callable[..., Any]
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def settings(playbook_settings: Settings) -> Settings:
    return replace(playbook_settings, identity_secret="a" * 40)


def token(client: FlaskClient, customer: str = "c-1042", **more: Any) -> str:
    answer = client.post("/v1/identities", json={"customer_id": customer, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["token"])


def test_a_token_makes_the_visitor_one_with_the_customer(
    client: FlaskClient, post: Post, visitor: str
) -> None:
    events = [{"id": "e-1", "type": "track", "touchpoint": "order"}]
    post("/v1/beacon", {"visitor": visitor, "events": events})

    answer = post("/v1/identify", {"visitor": visitor, "token": token(client)})
    again = post("/v1/identify", {"visitor": visitor, "token": token(client)})

    assert (answer.status_code, answer.get_json()) == (200, {"identified": True})
    assert again.status_code == 200
    customer = client.get("/v1/customers/c-1042").get_json()
    assert customer["aliases"] == [visitor]
    assert [row["touchpoint"] for row in customer["interactions"]] == ["order"]


def test_a_page_cannot_sign_for_itself(client: FlaskClient, post: Post, visitor: str) -> None:
    real = token(client)
    payload, _, signature = real.rpartition(".")
    decoded = json.loads(base64.urlsafe_b64decode(payload + "=="))
    forged = (
        base64.urlsafe_b64encode(json.dumps({**decoded, "customer": "c-1"}).encode()).decode().rstrip("=")
    )
    for wrong in (f"{forged}.{signature}", payload, real[:-1], "x", f"{real}x"):
        answer = post("/v1/identify", {"visitor": visitor, "token": wrong})
        assert (answer.status_code, answer.get_json()["code"]) == (403, "IDENTITY_INVALID"), wrong
    assert client.get(f"/v1/customers/{visitor}").status_code == 404


def test_a_token_ends(
    make_app: Callable[..., flask.Flask], settings: Settings, post: Post, client: FlaskClient, visitor: str
) -> None:
    short = token(client, minutes=1)
    later = make_app(settings, clock=lambda: NOW + timedelta(seconds=61)).test_client()

    answer = later.post("/v1/identify", json={"visitor": visitor, "token": short})

    assert answer.get_json()["code"] == "IDENTITY_INVALID"


def test_a_visitor_who_is_somebody_else_stays_so(client: FlaskClient, post: Post, visitor: str) -> None:
    post("/v1/identify", {"visitor": visitor, "token": token(client, "c-1")})

    answer = post("/v1/identify", {"visitor": visitor, "token": token(client, "c-2")})

    assert (answer.status_code, answer.get_json()["code"]) == (409, "ALIAS_TAKEN")


def test_another_secret_and_no_secret_sign_nothing(
    make_app: Callable[..., flask.Flask], settings: Settings, client: FlaskClient, visitor: str
) -> None:
    other = make_app(replace(settings, identity_secret="b" * 40)).test_client()
    none = make_app(replace(settings, identity_secret=None)).test_client()

    foreign = other.post("/v1/identify", json={"visitor": visitor, "token": token(client)})
    off = none.post("/v1/identities", json={"customer_id": "c-1"})

    assert foreign.get_json()["code"] == "IDENTITY_INVALID"
    assert (off.status_code, off.get_json()["code"]) == (409, "IDENTITY_OFF")
