"""Customers over HTTP: put, merged, read and erased, with the documented answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.api.customers.schemas import (
    CustomerAnswer,
    ErasureWaitsAnswer,
    PartedAnswer,
    StoredProfileAnswer,
)
from nba_service.settings import Settings


@pytest.fixture
def client(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> FlaskClient:
    return make_app(playbook_settings).test_client()


def test_a_profile_is_replaced_as_a_whole(client: FlaskClient) -> None:
    client.put("/v1/customers/c-1", json={"attributes": {"age": 40}, "locale": "de"})

    put = client.put("/v1/customers/c-1", json={"consent": {"email": True}})

    assert put.status_code == 200
    assert StoredProfileAnswer().load(put.get_json())
    assert put.get_json() == {
        "customer_id": "c-1",
        "account_id": None,
        "role": None,
        "attributes": {},
        "consent": {"email": True},
        "locale": None,
        "time_zone": None,
        "aliases": [],
        "updated_at": "2026-11-20T12:00:00Z",
    }


def test_an_attribute_of_another_type_is_refused_and_nothing_is_stored(client: FlaskClient) -> None:
    refused = client.put("/v1/customers/c-1", json={"attributes": {"age": "old"}})

    assert (refused.status_code, refused.get_json()["code"]) == (422, "ATTRIBUTE_VALUE")
    assert client.get("/v1/customers/c-1").status_code == 404


def test_aliases_are_the_same_person_and_one_of_another_is_refused(client: FlaskClient) -> None:
    added = client.post("/v1/customers/c-1/aliases", json={"aliases": ["v-1"]})
    again = client.post("/v1/customers/c-1/aliases", json={"aliases": ["v-1"]})
    taken = client.post("/v1/customers/c-2/aliases", json={"aliases": ["v-1"]})

    assert added.get_json() == again.get_json()
    assert added.get_json()["aliases"] == ["v-1"]
    assert client.get("/v1/customers/v-1").get_json()["customer_id"] == "c-1"
    assert (taken.status_code, taken.get_json()["code"]) == (409, "ALIAS_TAKEN")


def test_who_was_joined_by_mistake_is_parted_once(client: FlaskClient) -> None:
    client.put("/v1/customers/c-1", json={"attributes": {"age": 40}})
    client.put("/v1/customers/a%2Fb", json={"attributes": {"age": 20}})
    client.post("/v1/customers/c-1/aliases", json={"aliases": ["a/b"]})
    client.post("/v1/interactions", json={"customer_id": "a/b", "touchpoint": "visit"})
    held = client.get("/v1/customers/c-1").get_json()

    parted = client.delete("/v1/customers/c-1/aliases/a/b")
    again = client.delete("/v1/customers/c-1/aliases/a/b")

    assert [profile["came_as"] for profile in held["profiles"]] == ["a/b", "c-1"]
    assert [row["came_as"] for row in held["interactions"]] == ["a/b"]
    assert parted.status_code == 200
    assert PartedAnswer().load(parted.get_json())
    assert parted.get_json() == {
        "customer_id": "c-1",
        "parted": ["a/b"],
        "moved": {"interactions": 1, "decisions": 0, "outcomes": 0},
    }
    assert (again.status_code, again.get_json()["code"]) == (404, "ALIAS_UNKNOWN")
    for customer, age, visits in (("c-1", 40, 0), ("a%2Fb", 20, 1)):
        held = client.get(f"/v1/customers/{customer}").get_json()
        assert (held["attributes"], len(held["interactions"]), held["profiles"]) == ({"age": age}, visits, [])


def test_all_that_is_held_is_shown(client: FlaskClient) -> None:
    client.post("/v1/interactions", json={"customer_id": "c-1", "touchpoint": "visit"})
    client.post("/v1/decisions", json={"customer_id": "c-1", "decision_id": "d-1", "channels": ["web"]})
    client.post("/v1/outcomes", json={"decision_id": "d-1", "outcome": "clicked"})

    held: dict[str, Any] = client.get("/v1/customers/c-1").get_json()

    assert CustomerAnswer().load(held)
    assert [len(held[name]) for name in ("interactions", "decisions", "outcomes")] == [1, 1, 1]
    assert held["truncated"] is False


def test_an_id_with_a_slash_is_an_id(client: FlaskClient) -> None:
    assert client.put("/v1/customers/shop/c-1", json={}).get_json()["customer_id"] == "shop/c-1"
    assert client.get("/v1/customers/shop%2Fc-1").status_code == 200


def test_an_erased_customer_is_gone_and_erasing_nobody_is_harmless(client: FlaskClient) -> None:
    client.put("/v1/customers/c-1", json={"attributes": {"age": 40}})

    for _ in range(2):
        erased = client.delete("/v1/customers/c-1")
        assert (erased.status_code, erased.data) == (204, b"")
    assert client.get("/v1/customers/c-1").get_json()["code"] == "CUSTOMER_UNKNOWN"


def test_without_the_store_an_erasure_waits_and_says_so(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings
) -> None:
    app = make_app(playbook_settings)
    app.extensions["nba"].store.breaker.trip()

    waits = app.test_client().delete("/v1/customers/c-1")

    assert waits.status_code == 202
    assert ErasureWaitsAnswer().load(waits.get_json())
    assert waits.get_json()["status"] == "waiting"
    assert app.extensions["nba"].store.journal.depth().records == 1
