"""What a key that stands in a page may ask about: nothing that somebody else's visitor could be asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.api.decisions.responses import PageActionAnswer, PageDecisionAnswer
from nba_service.keys.scopes import Scope
from nba_service.keys.visitor_ids import make_visitor
from nba_service.settings import Settings
from tests.nba_service.access.conftest import NOW, MakeKey


@pytest.fixture
def app(make_app: Callable[..., flask.Flask], page_settings: Settings) -> flask.Flask:
    return make_app(page_settings)


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def server_key(make_key: MakeKey) -> dict[str, str]:
    return make_key("server", scopes=[Scope.DECIDE, Scope.TRACK, Scope.READ])[1]


@pytest.fixture
def prove(client: FlaskClient, server_key: dict[str, str]) -> Callable[[str], dict[str, str]]:
    """``prove(customer)``: the header that a page has got from its server for a customer."""

    def proof(customer: str) -> dict[str, str]:
        answer = client.post("/v1/identities", json={"customer_id": customer}, headers=server_key)
        return {"NBA-Identity": answer.get_json()["token"]}

    return proof


def said(answer: Any) -> tuple[int, str | None]:
    return answer.status_code, answer.get_json().get("code")


def decide(client: FlaskClient, headers: dict[str, str], customer: str, **more: Any) -> Any:
    body = {"customer_id": customer, "placements": ["banner"], **more}
    return client.post("/v1/decisions", json=body, headers=headers)


def report(client: FlaskClient, headers: dict[str, str], decision_id: str, **more: Any) -> Any:
    body = {"decision_id": decision_id, "outcome": "clicked", **more}
    return client.post("/v1/outcomes", json=body, headers=headers)


def test_what_customers_are_offered_cannot_be_looked_up(
    client: FlaskClient, page_key: dict[str, str], app: flask.Flask
) -> None:
    """Ids that count up, that look like a visitor's, or that differ from one in one letter."""
    for customer in ("c-1042", "1", "v-1", "v-" + "1" * 31, "v-" + "g" * 32, "V-" + "1" * 32):
        assert said(decide(client, page_key, customer)) == (403, "IDENTITY_REQUIRED"), customer
        assert app.extensions["nba"].store.records_of(customer, 10)["decisions"] == []


def test_a_page_decides_for_the_visitor_that_its_browser_drew(
    client: FlaskClient, page_key: dict[str, str]
) -> None:
    assert decide(client, page_key, make_visitor()).status_code == 200


def test_a_page_decides_for_a_customer_whose_token_it_shows(
    client: FlaskClient, page_key: dict[str, str], prove: Callable[[str], dict[str, str]]
) -> None:
    mine = page_key | prove("c-1042")

    assert decide(client, mine, "c-1042").get_json()["customer_id"] == "c-1042"
    assert said(decide(client, mine, "c-1043")) == (403, "IDENTITY_INVALID")
    forged = {"NBA-Identity": mine["NBA-Identity"][:-1]}
    assert said(decide(client, page_key | forged, "c-1042")) == (403, "IDENTITY_INVALID")


def test_a_token_that_is_too_old_proves_nothing(
    app: flask.Flask,
    make_app: Callable[..., flask.Flask],
    page_key: dict[str, str],
    prove: Callable[[str], dict[str, str]],
) -> None:
    later = make_app(app.extensions["nba"].settings, clock=lambda: NOW + timedelta(minutes=61))

    refused = decide(later.test_client(), page_key | prove("c-1042"), "c-1042")

    assert said(refused) == (403, "IDENTITY_INVALID")


def test_a_server_decides_for_whom_it_likes(client: FlaskClient, server_key: dict[str, str]) -> None:
    assert decide(client, server_key, "c-1042", decision_id="mail-77/c-1042").status_code == 200


def test_a_page_cannot_take_the_ids_of_others_decisions(
    client: FlaskClient, page_key: dict[str, str]
) -> None:
    """Else the server that names its decisions itself would find them taken."""
    visitor = make_visitor()

    assert said(decide(client, page_key, visitor, decision_id="mail-77/c-1042")) == (403, "ID_REFUSED")
    for own in (uuid4().hex, str(uuid4()), f"hero/{visitor}/1"):
        assert decide(client, page_key, visitor, decision_id=own).status_code == 200, own


def test_a_page_reports_outcomes_of_decisions_whose_ids_only_it_knows(
    client: FlaskClient, page_key: dict[str, str]
) -> None:
    visitor = make_visitor()

    for own in (uuid4().hex, str(uuid4()), f"web/{visitor}/banner.visit-1", visitor):
        assert report(client, page_key, own).status_code == 202, own
    for foreign in ("mail-77/c-1042", "d", f"{visitor}x", f"x{uuid4().hex}"):
        assert said(report(client, page_key, foreign)) == (403, "ID_REFUSED"), foreign


def test_a_customer_reports_what_came_of_their_own_decisions(
    client: FlaskClient,
    page_key: dict[str, str],
    server_key: dict[str, str],
    prove: Callable[[str], dict[str, str]],
) -> None:
    for customer in ("c-1042", "c-1043"):
        decide(client, server_key, customer, decision_id=f"mail-77/{customer}")
    mine = page_key | prove("c-1042")

    assert report(client, mine, "mail-77/c-1042").status_code == 200
    assert said(report(client, page_key, "mail-77/c-1042")) == (403, "ID_REFUSED")
    assert said(report(client, mine, "mail-77/c-1043")) == (403, "ID_REFUSED")
    assert said(report(client, mine, "mail-78/c-1042")) == (403, "ID_REFUSED"), "not decided yet"


def test_a_customer_who_was_a_visitor_is_one_person(
    client: FlaskClient,
    page_key: dict[str, str],
    server_key: dict[str, str],
    prove: Callable[[str], dict[str, str]],
) -> None:
    visitor = make_visitor()
    decide(client, server_key, visitor, decision_id="first")
    client.post("/v1/customers/c-1042/aliases", json={"aliases": [visitor]}, headers=server_key)

    assert report(client, page_key | prove("c-1042"), "first").status_code == 200


def test_a_page_cannot_take_the_ids_of_others_outcomes(client: FlaskClient, page_key: dict[str, str]) -> None:
    own = uuid4().hex

    assert said(report(client, page_key, own, outcome_id="order-7781")) == (403, "ID_REFUSED")
    for outcome_id in (f"{own}/clicked", uuid4().hex, None):
        assert report(client, page_key, own, outcome_id=outcome_id).status_code == 202, outcome_id


def test_flags_hold_to_the_same(
    client: FlaskClient, page_key: dict[str, str], prove: Callable[[str], dict[str, str]]
) -> None:
    def ask(customer: str, headers: dict[str, str], path: str = "/banner") -> Any:
        context = {"context": {"targetingKey": customer}}
        return client.post(f"/ofrep/v1/evaluate/flags{path}", json=context, headers=headers)

    visitor = make_visitor()
    for path in ("", "/banner"):
        refused = ask("c-1042", page_key, path)
        assert refused.status_code == 403
        assert refused.get_json()["errorDetails"].startswith("IDENTITY_REQUIRED")
    mine, flag = page_key | prove("c-1042"), ask(visitor, page_key).get_json()
    proved = ask("c-1042", mine).get_json()

    decision_id = flag["metadata"]["decision_id"]
    assert f"/{visitor}/" in decision_id
    assert report(client, page_key, decision_id).status_code == 200
    assert report(client, mine, proved["metadata"]["decision_id"]).status_code == 200
    assert said(report(client, page_key, proved["metadata"]["decision_id"])) == (403, "ID_REFUSED")


def test_an_answer_that_was_kept_is_given_again_to_who_proves_it_again(
    client: FlaskClient, page_key: dict[str, str], prove: Callable[[str], dict[str, str]]
) -> None:
    once = {"Idempotency-Key": "1"}
    first = decide(client, page_key | once | prove("c-1042"), "c-1042")

    stranger = decide(client, page_key | once, "c-1042")
    again = decide(client, page_key | once | prove("c-1042"), "c-1042")

    assert said(stranger) == (422, "IDEMPOTENCY_MISMATCH")
    assert again.data == first.data


def test_without_a_secret_no_token_proves_anything(
    make_app: Callable[..., flask.Flask], app: flask.Flask, page_key: dict[str, str]
) -> None:
    unsigned = make_app(replace(app.extensions["nba"].settings, identity_secret=None)).test_client()

    assert said(decide(unsigned, page_key | {"NBA-Identity": "x"}, "c-1")) == (409, "IDENTITY_OFF")
    assert said(decide(unsigned, page_key, "c-1")) == (403, "IDENTITY_REQUIRED")
    assert decide(unsigned, page_key, make_visitor()).status_code == 200


def test_a_browser_may_send_the_token(client: FlaskClient, page_key: dict[str, str]) -> None:
    asked = {"Origin": page_key["Origin"], "Access-Control-Request-Method": "POST"}

    assert "NBA-Identity" in client.options("/v1/decisions", headers=asked).headers[
        "Access-Control-Allow-Headers"
    ].split(", ")


FIGURES = (
    "propensity",
    "value",
    "factors",
    "action_probability",
    "leads_to",
    "reasons",
    "policy",
    "arm",
    "phase",
)


def test_a_page_sees_what_to_show_and_nothing_that_it_was_chosen_by(
    client: FlaskClient, page_key: dict[str, str], server_key: dict[str, str]
) -> None:
    visitor, named = make_visitor(), uuid4().hex
    shown = decide(client, page_key, visitor, decision_id=named, limit=3)
    again = decide(client, page_key, visitor, decision_id=named, limit=3)  # from the store
    kept = [decide(client, page_key | {"Idempotency-Key": "k"}, visitor) for _ in range(2)]
    full = decide(client, server_key, visitor, decision_id=named, limit=3).get_json()

    for answer in (shown, again, *kept):
        assert not [name for name in FIGURES if f'"{name}"' in answer.text]
        assert set(answer.get_json()) == set(PageDecisionAnswer().fields)
        assert set(answer.get_json()["actions"][0]) <= set(PageActionAnswer().fields)
    assert shown.data == again.data
    assert full["actions"][0]["action"] == shown.get_json()["actions"][0]["action"]
    assert "propensity" in full["actions"][0]


def test_flags_of_a_page_have_no_figures(
    client: FlaskClient, page_key: dict[str, str], server_key: dict[str, str]
) -> None:
    context = {"context": {"targetingKey": make_visitor()}}

    def metadata(headers: dict[str, str]) -> list[set[str]]:
        one = client.post("/ofrep/v1/evaluate/flags/banner", json=context, headers=headers).get_json()
        every = client.post("/ofrep/v1/evaluate/flags", json=context, headers=headers).get_json()["flags"]
        return [set(flag["metadata"]) for flag in (one, *every)]

    for names in metadata(page_key):
        assert names <= {"decision_id", "placement", "degraded", "outcome"}
    assert all("action_probability" in names for names in metadata(server_key))


@pytest.mark.parametrize("context", [{"weights": {"teaser": 100}}, {"time": "2026-11-21T12:00:00Z"}])
def test_a_page_sets_no_weights_and_no_time(
    client: FlaskClient, page_key: dict[str, str], server_key: dict[str, str], context: dict[str, Any]
) -> None:
    visitor = make_visitor()

    assert said(decide(client, page_key, visitor, context=context)) == (403, "SCOPE_MISSING")
    past = {"time": "2026-11-19T12:00:00Z"} if "time" in context else context
    assert decide(client, server_key, visitor, context=past).status_code == 200
    named = report(client, page_key, uuid4().hex, occurred_at="2026-11-19T12:00:00Z")
    assert said(named) == (403, "SCOPE_MISSING")


def test_an_outcome_of_a_decision_counts_once_however_a_page_names_it(
    client: FlaskClient, page_key: dict[str, str], server_key: dict[str, str]
) -> None:
    visitor = make_visitor()
    decision = decide(client, page_key, visitor, decision_id=uuid4().hex).get_json()["decision_id"]
    told = [
        {"decision_id": decision, "outcome": outcome, "outcome_id": uuid4().hex}
        for outcome in ("clicked", "complained")
        for _ in range(50)
    ]
    answer = client.post("/v1/outcomes", json={"outcomes": told}, headers=page_key).get_json()
    again = report(client, page_key, decision).get_json()

    assert (answer["new"], answer["known"]) == (2, 98)
    assert set(answer["ids"]) == {f"{decision}/clicked", f"{decision}/complained"}
    assert (again["new"], again["known"]) == (0, 1)
    kept = client.get(f"/v1/customers/{visitor}", headers=server_key).get_json()["outcomes"]
    assert sorted(one["outcome"] for one in kept) == ["clicked", "complained"]


@pytest.mark.parametrize("value", [1e12, 10_000.01, -0.01])
def test_a_page_reports_no_value_beyond_the_limit(
    client: FlaskClient, page_key: dict[str, str], server_key: dict[str, str], value: float
) -> None:
    visitor = make_visitor()
    decision = decide(client, page_key, visitor, decision_id=uuid4().hex).get_json()["decision_id"]
    refused = report(client, page_key, decision, value=value)

    assert said(refused) == (422, "FIELD_RANGE")
    assert refused.get_json()["errors"][0]["field"] == "value"  # as a single outcome names it
    assert "from 0 to 10000" in refused.get_json()["detail"]
    event = {"id": "e-1", "type": "track", "touchpoint": "visit", "value": value}
    browser = {**page_key, "User-Agent": "Mozilla/5.0 Chrome/140"}
    beacon = client.post("/v1/beacon", json={"visitor": visitor, "events": [event]}, headers=browser)
    assert beacon.get_json()["dropped"] == [{"id": "e-1", "code": "FIELD_RANGE"}]
    assert report(client, page_key, decision, value=10_000).status_code == 200
    assert report(client, server_key, decision, value=value, outcome_id="o-1").status_code == 200


def test_a_page_and_a_server_of_one_name_share_no_idempotency_keys(
    client: FlaskClient, make_key: MakeKey
) -> None:
    _, server = make_key("shop", scopes=[Scope.DECIDE])
    _, page = make_key("shop", publishable=True, origins=["https://www.example.com"], placements=["banner"])
    page["Origin"] = "https://www.example.com"
    visitor = make_visitor()
    once = {"Idempotency-Key": "k-1"}

    mine, theirs = decide(client, server | once, visitor), decide(client, page | once, visitor)

    assert (mine.status_code, theirs.status_code) == (200, 200)
    assert "Idempotent-Replayed" not in theirs.headers
    assert theirs.get_json()["decision_id"] != mine.get_json()["decision_id"]
