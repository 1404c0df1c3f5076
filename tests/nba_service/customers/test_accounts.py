"""Accounts: bounded, harmless to repeat, and only where the journey file has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.customers import accounts
from nba_service.settings import Settings
from tests.account_journey import ACCOUNT_JOURNEY


@pytest.fixture
def client(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> FlaskClient:
    path = playbook_settings.journey
    assert path is not None
    path.write_text(ACCOUNT_JOURNEY)
    return make_app(replace(playbook_settings, journey=path)).test_client()


def test_an_account_has_room_for_so_many_and_for_who_is_in_it(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "MOST_PEOPLE", 2)
    for who in ("zoe", "tom"):
        assert client.put(f"/v1/accounts/acme/people/{who}", json={}).status_code == 200

    full = client.put("/v1/accounts/acme/people/eve", json={})
    mine = client.put("/v1/accounts/acme/people/zoe", json={"role": "user"})

    assert (full.status_code, full.get_json()["code"]) == (409, "ACCOUNT_FULL")
    assert mine.status_code == 200


def test_only_who_is_in_an_account_is_taken_out_of_it(client: FlaskClient) -> None:
    client.put("/v1/accounts/acme/people/zoe", json={"role": "user"})

    assert client.delete("/v1/accounts/brix/people/zoe").status_code == 204
    assert client.get("/v1/customers/zoe").get_json()["account_id"] == "acme"
    assert client.delete("/v1/accounts/acme/people/zoe").status_code == 204
    assert client.delete("/v1/accounts/acme/people/nobody").status_code == 204
    assert client.get("/v1/customers/zoe").get_json()["account_id"] is None


def test_the_last_contact_and_event_of_each_person_are_shown(client: FlaskClient) -> None:
    client.put("/v1/accounts/acme/people/zoe", json={"role": "user"})
    events = [("trial_started", "2026-11-18T08:00:00Z"), ("mail_sent", "2026-11-19T08:00:00Z")]
    for touchpoint, at in events:
        client.post(
            "/v1/interactions", json={"customer_id": "zoe", "touchpoint": touchpoint, "occurred_at": at}
        )

    (zoe,) = client.get("/v1/accounts/acme").get_json()["people"]

    assert zoe["last_event_at"] == "2026-11-18T08:00:00Z"
    assert zoe["last_contact_at"] == "2026-11-19T08:00:00Z"


def test_a_placeholder_is_no_account(client: FlaskClient) -> None:
    refused = client.put("/v1/accounts/undefined", json={})

    assert refused.get_json()["code"] == "ID_PLACEHOLDER"


def test_a_journey_file_without_accounts_has_none(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings
) -> None:
    client = make_app(playbook_settings).test_client()

    put = client.put("/v1/accounts/acme", json={})
    decide = client.post("/v1/decisions", json={"account_id": "acme"})

    assert (put.get_json()["code"], decide.get_json()["code"]) == ("UNKNOWN_NAME", "UNKNOWN_NAME")
