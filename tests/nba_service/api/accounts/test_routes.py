"""Accounts over HTTP: put, joined, decided for, limited, and nobody's trace is left in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.api.accounts.schemas import AccountAnswer
from nba_service.api.decisions.responses import DecisionAnswer
from nba_service.settings import Settings
from tests.account_journey import ACCOUNT_JOURNEY


@pytest.fixture
def app(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> flask.Flask:
    path = playbook_settings.journey
    assert path is not None
    path.write_text(ACCOUNT_JOURNEY)
    return make_app(replace(playbook_settings, journey=path))


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    """The account acme with a user, a technical person and a decider, who all like mails."""
    client = app.test_client()
    client.put("/v1/accounts/acme", json={"attributes": {"employees": 120}})
    for customer, role in (("zoe", "user"), ("tom", "technical"), ("dora", "decider")):
        client.put(f"/v1/customers/{customer}", json={"consent": {"email": True}})
        client.put(f"/v1/accounts/acme/people/{customer}", json={"role": role})
    return client


def saw(client: FlaskClient, customer: str, touchpoint: str, at: str = "2026-11-19T08:00:00Z") -> None:
    body = {
        "interaction_id": f"{customer}-{touchpoint}-{at}",
        "customer_id": customer,
        "touchpoint": touchpoint,
        "occurred_at": at,
    }
    assert client.post("/v1/interactions", json=body).status_code == 200


def decided(client: FlaskClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/decisions", json=body)
    assert answer.status_code == 200, answer.get_json()
    assert not DecisionAnswer().validate(answer.get_json())
    found: dict[str, Any] = answer.get_json()
    return found


def test_an_account_is_put_read_and_deleted(client: FlaskClient) -> None:
    account = client.get("/v1/accounts/acme").get_json()

    assert not AccountAnswer().validate(account)
    assert account["attributes"] == {"employees": 120}
    assert account["phase"] == "watching"
    assert [(p["customer_id"], p["role"]) for p in account["people"]] == [
        ("zoe", "user"),
        ("tom", "technical"),
        ("dora", "decider"),
    ]
    assert client.delete("/v1/accounts/acme").status_code == 204
    assert client.get("/v1/accounts/acme").get_json()["code"] == "ACCOUNT_UNKNOWN"
    assert client.get("/v1/customers/zoe").get_json()["account_id"] is None


def test_a_membership_leaves_the_rest_of_the_profile_and_is_audited_once(
    app: flask.Flask, client: FlaskClient
) -> None:
    for _ in range(2):
        client.put("/v1/accounts/acme/people/zoe", json={"role": "decider"})

    profile = client.get("/v1/customers/zoe").get_json()
    assert (profile["account_id"], profile["role"]) == ("acme", "decider")
    assert profile["consent"] == {"email": True}
    kinds = [entry.kind for entry in app.extensions["nba"].store.plain.audit_log.entries()]
    assert kinds == ["account.put", *["customer.account"] * 4]


def test_what_the_journey_file_does_not_know_is_refused(client: FlaskClient) -> None:
    role = client.put("/v1/accounts/acme/people/zoe", json={"role": "boss"})
    attribute = client.put("/v1/accounts/acme", json={"attributes": {"colour": "red"}})
    both = client.post("/v1/decisions", json={"customer_id": "zoe", "account_id": "acme"})
    profile = client.post("/v1/decisions", json={"account_id": "acme", "profile": {"locale": "de"}})
    nobody = client.post("/v1/decisions", json={"account_id": "nowhere"})

    assert (role.status_code, role.get_json()["code"]) == (422, "UNKNOWN_ROLE")
    assert (attribute.status_code, attribute.get_json()["code"]) == (422, "UNKNOWN_ATTRIBUTE")
    assert (both.status_code, profile.status_code) == (422, 422)
    assert (nobody.status_code, nobody.get_json()["code"]) == (404, "ACCOUNT_UNKNOWN")


def test_an_account_alone_is_answered_with_person_role_action_and_reason(client: FlaskClient) -> None:
    saw(client, "zoe", "trial_started")

    answer = decided(client, account_id="acme")

    assert answer["customer_id"] == "dora"
    assert answer["phase"]["name"] == "testing"
    assert answer["phase"]["source"] == "account"
    assert answer["account"]["role"] == "decider"
    assert answer["actions"][0]["action"] == "business_case"
    assert [offer["role"] for offer in answer["account"]["people"]] == ["decider", "technical", "user"]
    assert answer["account"]["probability"] == 1.0


def test_who_takes_a_consent_back_is_not_spoken_to_and_the_next_one_is(client: FlaskClient) -> None:
    client.put(
        "/v1/customers/tom", json={"account_id": "acme", "role": "technical", "consent": {"email": False}}
    )

    answer = decided(client, account_id="acme", channels=["email"])

    assert answer["customer_id"] != "tom"
    assert answer["actions"][0]["action"] == "newsletter"


def test_facts_of_the_account_let_an_action_through(client: FlaskClient) -> None:
    before = decided(client, customer_id="dora", explain=True)
    saw(client, "zoe", "trial_started")
    after = decided(client, customer_id="dora", explain=True)

    refused = {d["action"]: d for d in before["explanation"]["drop_outs"]}
    assert refused["business_case"]["code"] == "NOT_BEFORE_A_TRIAL"
    assert "account.people_seen.trial_started = 0" in refused["business_case"]["detail"]
    assert refused["datasheet"]["code"] == "ROLE"
    assert after["actions"][0]["action"] == "business_case"


def test_two_roles_that_ask_for_a_quote_move_the_account(client: FlaskClient) -> None:
    saw(client, "zoe", "quote_requested")
    saw(client, "zoe", "quote_requested", "2026-11-19T09:00:00Z")
    assert decided(client, customer_id="tom")["phase"]["name"] == "watching"

    saw(client, "dora", "quote_requested")

    assert decided(client, customer_id="tom")["phase"]["name"] == "buying"
    assert client.get("/v1/accounts/acme").get_json()["phase"] == "buying"


def test_the_limit_of_the_account_holds_whoever_is_asked_about(client: FlaskClient) -> None:
    first = [decided(client, customer_id=who)["actions"][0]["action"] for who in ("zoe", "tom")]
    third = decided(client, customer_id="dora", explain=True)
    stranger = decided(client, customer_id="somebody", profile={"consent": {"email": True}})

    assert "nothing" not in first
    assert third["actions"][0]["action"] == "nothing"
    codes = {d["code"]: d["detail"] for d in third["explanation"]["drop_outs"]}
    assert codes["ACCOUNT_2_IN_7_DAYS"] == "2 contacts into the account in 7 days, at most 2"
    assert stranger["actions"][0]["action"] == "newsletter"
    assert "account" not in stranger


def test_decisions_of_one_batch_about_one_account_see_each_other(client: FlaskClient) -> None:
    body = {"decisions": [{"account_id": "acme", "decision_id": f"d-{i}"} for i in range(3)]}

    answers = client.post("/v1/decisions/batch", json=body).get_json()["decisions"]

    assert [answer["actions"][0]["action"] == "nothing" for answer in answers] == [False, False, True]


def test_the_same_question_gets_the_same_answer_and_another_is_refused(client: FlaskClient) -> None:
    first = client.post("/v1/decisions", json={"account_id": "acme", "decision_id": "d-1"})
    again = client.post("/v1/decisions", json={"account_id": "acme", "decision_id": "d-1"})
    other = client.post("/v1/decisions", json={"customer_id": "zoe", "decision_id": "d-1"})

    assert first.data == again.data
    assert other.get_json()["code"] == "IDEMPOTENCY_MISMATCH"


def test_a_decision_for_an_account_is_explained_and_replayed(client: FlaskClient) -> None:
    saw(client, "zoe", "trial_started")
    decided(client, account_id="acme", decision_id="d-1")
    client.put("/v1/accounts/acme/people/dora", json={"role": "user"})

    replayed = client.get("/v1/decisions/d-1/replay").get_json()
    explained = client.get("/v1/decisions/d-1/explanation").get_json()

    assert replayed["identical"] is True
    assert {d["code"] for d in explained["explanation"]["drop_outs"]} >= {"ROLE"}


def test_the_text_for_the_customer_says_what_was_used_of_the_account(client: FlaskClient) -> None:
    saw(client, "zoe", "trial_started")
    decided(client, account_id="acme", decision_id="d-1")

    explained = client.get("/v1/decisions/d-1/explanation?text=en").get_json()
    german = client.get("/v1/decisions/d-1/explanation?text=de").get_json()

    assert "Your role in your company or household: Signs for it" in explained["customer_text"]["text"]
    assert "counted without names: 2 people" in explained["customer_text"]["text"]
    assert "ohne Namen gezählt: 2 Menschen" in german["customer_text"]["text"]


def test_an_erased_person_leaves_no_trace_in_the_account(app: flask.Flask, client: FlaskClient) -> None:
    saw(client, "zoe", "trial_started")
    decided(client, account_id="acme", decision_id="d-1")
    client.delete("/v1/customers/zoe")

    account = client.get("/v1/accounts/acme")
    assert "zoe" not in account.text
    assert account.get_json()["phase"] == "watching"
    assert decided(client, customer_id="dora")["actions"][0]["action"] == "newsletter"
    store = app.extensions["nba"].store.plain
    row = store.decisions(["d-1"])["d-1"]
    assert b"zoe" not in row.state.replace(b"attributes", b"")
    assert "zoe" not in row.answer


def test_people_who_are_joined_and_parted_keep_what_they_are_to_the_account(client: FlaskClient) -> None:
    saw(client, "v-1", "trial_started")
    client.post("/v1/customers/zoe/aliases", json={"aliases": ["v-1"]})
    assert client.get("/v1/accounts/acme").get_json()["phase"] == "testing"

    client.delete("/v1/customers/zoe/aliases/v-1")

    assert client.get("/v1/accounts/acme").get_json()["phase"] == "watching"
    assert client.get("/v1/customers/zoe").get_json()["account_id"] == "acme"
