"""Customers: put, read everything, erase."""

from __future__ import annotations

from flask.testing import FlaskClient

from nba_service.api.customers.schemas import CustomerAnswer, StoredProfileAnswer

PROFILE = {"attributes": {"age": 40, "vip": None}, "consent": {"email": True}, "locale": "de-AT",
           "time_zone": "Europe/Vienna", "account_id": "a-1"}  # fmt: skip


def test_a_profile_comes_back_as_it_was_put(client: FlaskClient) -> None:
    answer = client.put("/v1/customers/org/c-1", json=PROFILE)

    assert answer.status_code == 200
    assert StoredProfileAnswer().load(answer.get_json())
    assert answer.get_json()["attributes"] == {"age": 40}  # null is "not known"
    read = client.get("/v1/customers/org/c-1").get_json()
    assert CustomerAnswer().load(read)
    assert {key: read[key] for key in answer.get_json()} == answer.get_json()


def test_putting_replaces_the_whole_profile(client: FlaskClient) -> None:
    client.put("/v1/customers/c", json=PROFILE)
    client.put("/v1/customers/c", json={"consent": {"email": False}})

    read = client.get("/v1/customers/c").get_json()

    assert (read["attributes"], read["consent"], read["locale"]) == ({}, {"email": False}, None)


def test_access_shows_everything_that_is_held(client: FlaskClient) -> None:
    client.post("/v1/interactions", json={"customer_id": "c", "touchpoint": "visit"})
    client.post("/v1/decisions", json={"customer_id": "c", "decision_id": "d"})
    client.post("/v1/outcomes", json={"decision_id": "d", "outcome": "clicked"})

    read = client.get("/v1/customers/c").get_json()

    assert [len(read[name]) for name in ("interactions", "decisions", "outcomes")] == [1, 1, 1]
    assert read["decisions"][0]["request"] == {"customer_id": "c", "decision_id": "d"}
    assert read["truncated"] is False


def test_erasure_forgets_the_person_and_is_harmless_to_repeat(client: FlaskClient) -> None:
    client.put("/v1/customers/c", json=PROFILE)
    client.post("/v1/decisions", json={"customer_id": "c", "decision_id": "d"})

    assert [client.delete("/v1/customers/c").status_code for _ in range(2)] == [204, 204]

    assert client.get("/v1/customers/c").status_code == 404
    assert client.get("/v1/decisions/d").status_code == 404


def test_a_wrong_attribute_is_refused_and_nothing_stored(client: FlaskClient) -> None:
    answer = client.put("/v1/customers/c", json={"attributes": {"age": -1}})

    assert (answer.status_code, answer.get_json()["code"]) == (422, "ATTRIBUTE_VALUE")
    assert client.get("/v1/customers/c").status_code == 404


def test_an_id_that_no_address_can_hold_is_refused(client: FlaskClient) -> None:
    assert client.put("/v1/customers/a%20b", json={}).get_json()["code"] == "FIELD_RANGE"
