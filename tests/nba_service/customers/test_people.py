"""Several ids, one person: merging, what it moves, who may not be merged, consent and objection."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_service.settings import Gpc, Settings

CONSENT = {"email": True, "personalization": True}


def decide(client: FlaskClient, customer: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
    asked = {"customer_id": customer, "phase": "interested", **body}
    answer = client.post("/v1/decisions", json=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def alias(client: FlaskClient, customer: str, *others: str) -> Any:
    return client.post(f"/v1/customers/{customer}/aliases", json={"aliases": others})


def audit(client: FlaskClient) -> list[tuple[str, str]]:
    database = client.application.extensions["nba"].store.plain._database
    with database.engine().connect() as connection:
        rows = connection.execute(sa.text("SELECT kind, customer_id FROM audit ORDER BY audit_id"))
        return [(row.kind, row.customer_id) for row in rows]


def drop_outs(client: FlaskClient, customer: str, **body: Any) -> set[tuple[str, str]]:
    asked = {"customer_id": customer, "phase": "interested", **body}
    explained = client.post("/v1/explanations", json=asked).get_json()["explanation"]
    return {(d["action"], d["code"]) for d in explained["drop_outs"]}


# Merging


def test_history_contacts_and_profile_become_one(client: FlaskClient) -> None:
    client.post("/v1/interactions", json={"customer_id": "v", "touchpoint": "quote", "channel": "web",
                                          "occurred_at": "2026-11-19T12:00:00Z"})  # fmt: skip
    client.put("/v1/customers/v", json={"attributes": {"age": 40}, "locale": "de"})
    client.put("/v1/customers/c", json={"attributes": {"vip": True}, "consent": CONSENT})

    answer = alias(client, "c", "v").get_json()

    assert answer["aliases"] == ["v"]
    assert (answer["attributes"], answer["locale"]) == ({"vip": True, "age": 40}, "de")
    for name in ("c", "v"):
        told = client.post("/v1/decisions", json={"customer_id": name}).get_json()
        assert (told["customer_id"], told["phase"]["name"]) == ("c", "interested")
    assert client.get("/v1/customers/v").get_json() == client.get("/v1/customers/c").get_json()
    assert len(client.get("/v1/customers/v").get_json()["interactions"]) == 1


def test_contacts_of_the_alias_count_for_the_person(client: FlaskClient) -> None:
    for day in ("18", "19"):
        event = {"customer_id": "v", "touchpoint": "mail_sent", "channel": "email"}
        client.post("/v1/interactions", json={**event, "occurred_at": f"2026-11-{day}T12:00:00Z"})
    full = ("offer", "EMAIL_2_IN_7_DAYS")
    mail = {"profile": {"consent": CONSENT}}

    before = drop_outs(client, "c", **mail)
    alias(client, "c", "v")

    assert full not in before
    assert full in drop_outs(client, "c", **mail)


def test_a_pinned_decision_stays_what_it_was_under_either_id(client: FlaskClient) -> None:
    """A mail fetched again after the visitor has logged in shows what it showed."""
    first = client.post("/v1/decisions", json={"customer_id": "v", "decision_id": "mail-1"}).data

    alias(client, "c", "v")

    for name in ("c", "v"):
        again = client.post("/v1/decisions", json={"customer_id": name, "decision_id": "mail-1"})
        assert again.data == first
    other = client.post("/v1/decisions", json={"customer_id": "x", "decision_id": "mail-1"})
    assert other.get_json()["code"] == "IDEMPOTENCY_MISMATCH"


def test_a_decision_of_an_alias_replays_after_the_merge_and_before(client: FlaskClient) -> None:
    decide(client, "v", decision_id="before")
    alias(client, "c", "v")
    decide(client, "v", decision_id="after")

    for name in ("before", "after"):
        assert client.get(f"/v1/decisions/{name}/replay").get_json()["identical"] is True


def test_merging_twice_changes_nothing_and_is_audited_once(client: FlaskClient) -> None:
    answers = [alias(client, "c", "v").get_json() for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert audit(client) == [("merge", "c")]


def test_the_other_way_round_is_the_same_person_and_no_ring(client: FlaskClient) -> None:
    alias(client, "c", "v")

    for customer, other in (("v", "c"), ("c", "c"), ("v", "v")):
        assert alias(client, customer, other).get_json()["customer_id"] == "c"
    assert client.get("/v1/customers/v").get_json()["aliases"] == ["v"]


def test_a_person_takes_their_aliases_along(client: FlaskClient) -> None:
    alias(client, "tablet", "cookie-1", "cookie-2")
    alias(client, "c", "tablet")
    alias(client, "cookie-1", "cookie-3")  # an alias is as good as the person

    held = client.get("/v1/customers/cookie-2").get_json()

    assert held["customer_id"] == "c"
    assert sorted(held["aliases"]) == ["cookie-1", "cookie-2", "cookie-3", "tablet"]


def test_an_alias_of_somebody_else_is_refused_and_nothing_changes(client: FlaskClient) -> None:
    alias(client, "c-1", "shared-tablet")
    client.put("/v1/customers/c-2", json={"locale": "de"})

    refused = client.put("/v1/customers/c-2", json={"locale": "en", "aliases": ["fresh", "shared-tablet"]})

    assert (refused.status_code, refused.get_json()["code"]) == (409, "ALIAS_TAKEN")
    held = client.get("/v1/customers/c-2").get_json()
    assert (held["locale"], held["aliases"]) == ("de", [])
    assert client.get("/v1/customers/fresh").status_code == 404


def test_putting_with_aliases_says_all_at_once(client: FlaskClient) -> None:
    client.put("/v1/customers/v", json={"attributes": {"age": 40}, "consent": {"email": False}})

    put = {"attributes": {"vip": True}, "consent": {"email": True}, "aliases": ["v"]}
    answer = client.put("/v1/customers/c", json=put).get_json()

    assert answer["attributes"] == {"vip": True, "age": 40}
    assert answer["consent"] == {"email": True}  # told now
    assert client.put("/v1/customers/c", json={}).get_json()["aliases"] == ["v"]


def test_erasure_covers_every_id(client: FlaskClient) -> None:
    decide(client, "v", decision_id="d")
    alias(client, "c", "v")

    assert client.delete("/v1/customers/v").status_code == 204

    for name in ("c", "v"):
        assert client.get(f"/v1/customers/{name}").status_code == 404
    assert client.get("/v1/decisions/d").status_code == 404
    ((kind, nobody),) = audit(client)
    assert kind == "erasure"
    assert nobody not in ("c", "v")
    assert alias(client, "x", "v").status_code == 200  # nobody's any more


names = st.sampled_from([f"p-{n}" for n in range(5)])
runs = itertools.count()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(merges=st.lists(st.tuples(names, names), max_size=12))
def test_merging_in_any_order_makes_one_person_of_those_that_belong_together(
    client: FlaskClient, merges: list[tuple[str, str]]
) -> None:
    """A model of it: groups of ids. Aliases never chain, and every id of a group answers with one person."""
    run = next(runs)
    person: dict[str, str] = {f"p-{n}": f"p-{n}" for n in range(5)}
    for into, other in merges:
        answer = alias(client, f"{into}-{run}", f"{other}-{run}")
        mine, theirs = person[into], person[other]
        if theirs not in (other, mine):
            assert answer.get_json()["code"] == "ALIAS_TAKEN"
            continue
        person.update({name: mine for name, owner in person.items() if owner == theirs})
    store = client.application.extensions["nba"].store
    asked = {name: f"{name}-{run}" for name in person}
    found = store.persons(list(asked.values()))
    assert {name: found[asked[name]] for name in person} == {n: asked[owner] for n, owner in person.items()}


# Consent and objection


def test_after_an_objection_the_very_next_call_has_no_marketing(client: FlaskClient) -> None:
    client.put("/v1/customers/c", json={"consent": CONSENT})
    before = drop_outs(client, "c")

    client.put("/v1/customers/c", json={"consent": {**CONSENT, "marketing": False}})

    assert ("offer", "OBJECTION") not in before
    assert ("offer", "OBJECTION") in drop_outs(client, "c")
    stale = {"profile": {"consent": {"marketing": True, "email": True}}}
    assert ("offer", "OBJECTION") in drop_outs(client, "c", **stale)  # a cached profile takes nothing back
    assert decide(client, "c", **stale)["actions"][0]["action"] == "nothing"


def test_an_objection_of_the_visitor_holds_for_the_customer(client: FlaskClient) -> None:
    client.put("/v1/customers/v", json={"consent": {"marketing": False}})
    client.put("/v1/customers/c", json={"consent": {**CONSENT, "marketing": True}})

    alias(client, "c", "v")

    assert ("offer", "OBJECTION") in drop_outs(client, "c")


@pytest.mark.parametrize(
    ("gpc", "header", "stopped"),
    [
        (Gpc.PERSONALIZATION, "1", True),
        (Gpc.MARKETING, "1", True),
        (Gpc.IGNORE, "1", False),
        (Gpc.PERSONALIZATION, "0", False),
    ],
)
def test_a_browser_that_objects_is_heard_as_the_settings_say(
    make_app: Callable[..., flask.Flask], settings: Settings, gpc: Gpc, header: str, stopped: bool
) -> None:
    from dataclasses import replace

    client = make_app(replace(settings, gpc=gpc)).test_client()
    body = {"profile": {"consent": CONSENT}, "explain": True}

    answer = decide(client, "c", {"Sec-GPC": header}, decision_id="d", **body)

    codes = {(d["action"], d["code"]) for d in answer["explanation"]["drop_outs"]}
    assert (("offer", "OBJECTION") in codes) is stopped
    assert client.get("/v1/decisions/d/replay").get_json()["identical"] is True
    later = drop_outs(client, "c", profile={"consent": CONSENT})
    assert (("offer", "OBJECTION") in later) is stopped, "and it is kept"


def test_facts_act_at_once(client: FlaskClient) -> None:
    client.put("/v1/customers/c", json={"attributes": {"age": 40}, "consent": CONSENT})
    grown = drop_outs(client, "c")
    client.put("/v1/customers/c", json={"attributes": {"age": 12}, "consent": CONSENT})

    assert ("offer", "ADULTS_ONLY") not in grown
    assert ("offer", "ADULTS_ONLY") in drop_outs(client, "c")


def test_without_leave_to_profile_a_text_does_not_greet_by_name(client: FlaskClient) -> None:
    refused = {"attributes": {"first_name": "Ada"}, "consent": {"email": True, "personalization": False}}
    answer = client.post("/v1/decisions", json={"customer_id": "c", "phase": "customer", "profile": refused})
    assert "Ada" not in answer.text
