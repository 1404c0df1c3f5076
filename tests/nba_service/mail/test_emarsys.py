"""Emarsys External Content: every reference field back, nothing nested, one bad contact stops no other."""

from __future__ import annotations

from flask.testing import FlaskClient

from nba_service.settings import Settings
from tests.nba_service.mail.conftest import damage

URL = "/v1/email/emarsys?message_id=m-1&consent=email"


def test_every_contact_comes_back_with_its_reference_fields(client: FlaskClient) -> None:
    contacts = [
        {"email": "ada@example.org", "external_id": "c-1"},
        {"email": "bad id", "external_id": ""},
        {"email": "bob@example.org", "external_id": "c-2"},
    ]
    body = {"parameters": contacts, "fields": ["title", "click_url", "price"], "limit": 1}
    answer = client.post(URL, json=body)

    assert answer.status_code == 200
    content = answer.get_json()["content"]
    assert [{name: one[name] for name in ("email", "external_id")} for one in content] == contacts
    assert [one["title"] for one in content] == ["Hello there", "News", "Hello there"]
    assert all(set(one) == {"email", "external_id", "title", "click_url"} for one in content)
    assert all(isinstance(value, str) for one in content for value in one.values())
    assert client.post(URL, json=body).get_json()["content"] == content
    assert len(client.get("/v1/customers/c-1").get_json()["decisions"]) == 1


def test_the_query_says_which_field_is_the_customer(client: FlaskClient) -> None:
    body = {"parameters": [{"shop": "s-7", "email": "x@example.org"}], "fields": ["decision_id"], "limit": 1}
    client.post(f"{URL}&id=shop", json=body)
    assert len(client.get("/v1/customers/s-7").get_json()["decisions"]) == 1


def test_nonsense_is_an_empty_answer_and_no_error(client: FlaskClient) -> None:
    for body in (b"{", b"[]", b'{"parameters": 1}', b'{"parameters": [1, null]}'):
        answer = client.post(URL, data=body, content_type="application/json")
        assert (answer.status_code, answer.get_json()) == (200, {"content": []})


def test_a_reference_field_is_never_overwritten(client: FlaskClient) -> None:
    body = {"parameters": [{"email": "a@b.c", "title": "Dr"}], "fields": ["title", "body"], "limit": 1}
    (item,) = client.post(URL, json=body).get_json()["content"]
    assert item == {"email": "a@b.c", "title": "Dr", "body": "Have a look."}


def test_a_contact_whose_stored_decision_is_damaged_stops_no_other(
    client: FlaskClient, settings: Settings
) -> None:
    contacts = [{"external_id": "c-1"}, {"external_id": "c-2"}]
    body = {"parameters": contacts, "fields": ["title", "reason", "decision_id"]}
    first, second = client.post(URL, json=body).get_json()["content"]
    damage(settings, first["decision_id"])
    again = client.post(URL, json=body).get_json()["content"]

    assert (again[0]["external_id"], again[0]["title"], again[0]["reason"]) == ("c-1", "News", "UNAVAILABLE")
    assert again[1] == second, "the other contact's mail is as it was"


def test_half_of_a_character_costs_its_contact_alone(client: FlaskClient) -> None:
    contacts = b'{"email": "ada@x.org", "n": "a \\ud83d"}, {"email": "bob@x.org", "n": "b"}'
    body = b'{"parameters": [' + contacts + b"]}"
    content = client.post(URL, data=body, content_type="application/json").get_json()["content"]

    assert [(one["email"], one["n"]) for one in content] == [
        ("ada@x.org", "a ?"),
        ("bob@x.org", "b"),
    ]
    assert [one["reason"] for one in content] == ["REQUEST_INVALID", "DECIDED"]
