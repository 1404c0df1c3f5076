"""Always answering: whatever the store does, a decision comes, it is allowed, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.access.issuing import KeyIssuer
from nba_service.app import create_app
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind, make_token
from nba_service.services import Services
from nba_service.settings import Authentication, Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SERVICE = """\
  status:
    channels: [web]
    purpose: service
    value: 1
    prior: {propensity: 0.9}
    content:
      default: {en: {title: Where your order is, body: Have a look.}}
policies:
"""
"""An action that nothing stored could forbid: no limit, no consent, no repeats, every phase."""


@pytest.fixture
def settings(tmp_path: Path, tiny_journey_text: str) -> Settings:
    path = tmp_path / "journey.yaml"
    text = tiny_journey_text.replace("policies:\n", SERVICE, 1)
    for first in ("stranger: [teaser", "interested: [offer, teaser", "customer: [care"):
        text = text.replace(first, f"{first}, status")
    path.write_text(text)
    return Settings(
        database_url=f"sqlite:///{tmp_path}/store/nba.sqlite",
        registry=tmp_path / "none",
        journey=path,
        journal=tmp_path / "journal",
        authentication=Authentication.OFF,
        database_timeout_ms=300,
    )


@pytest.fixture
def app(make_app: Callable[..., flask.Flask], settings: Settings) -> flask.Flask:
    return make_app(settings)


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def parts(app: flask.Flask) -> Services:
    found: Services = app.extensions["nba"]
    return found


@contextmanager
def gone(settings: Settings) -> Iterator[None]:
    """The store's folder is away; a file stands in its place."""
    folder = Path(settings.database_url.removeprefix("sqlite:///")).parent
    folder.rename(folder.with_name("away"))
    folder.write_text("")
    try:
        yield
    finally:
        folder.unlink()
        folder.with_name("away").rename(folder)


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    """Somebody else writes and does not end: reads work, writes do not."""
    other = sqlite3.connect(settings.database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def decide(client: FlaskClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/decisions", json={"customer_id": "c", **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def come_back(parts: Services) -> None:
    for _ in range(3):
        parts.recovery.look()
    assert parts.store.journal.empty


def test_with_the_store_gone_only_what_is_sure_is_chosen_and_it_is_stored_later(
    client: FlaskClient, parts: Services, settings: Settings
) -> None:
    assert decide(client)["degraded_by"] == ["MODEL_UNAVAILABLE"]  # no bundle, but the store is there
    parts.store.plain.close()
    with gone(settings):
        answers = [decide(client, decision_id=f"d-{n}", limit=3) for n in range(6)]
        consented = decide(client, profile={"consent": {"email": True, "marketing": True}}, limit=3)
        stated = decide(client, phase="customer", limit=3)
    for answer in [*answers, consented]:
        assert answer["degraded"] is True
        assert answer["degraded_by"] == ["MODEL_UNAVAILABLE", "STORE_UNAVAILABLE"]
        assert {one["action"] for one in answer["actions"]} == {
            "status",
            "nothing",
        }  # e-mail consent may be withdrawn
    assert [one["action"] for one in stated["actions"]][:2] == ["care", "status"]  # nor is the phase guessed
    assert parts.store.journal.depth().records == 8

    come_back(parts)

    for answer in answers:
        found = client.get(f"/v1/decisions/{answer['decision_id']}")
        assert found.get_json() == answer
        replayed = client.get(f"/v1/decisions/{answer['decision_id']}/replay").get_json()
        assert replayed["identical"], replayed
    assert "STORE_UNAVAILABLE" not in decide(client)["degraded_by"]


def test_an_explanation_says_what_was_withheld(
    client: FlaskClient, parts: Services, settings: Settings
) -> None:
    parts.store.plain.close()
    with gone(settings):
        decide(client, decision_id="d-1", phase="interested")
    come_back(parts)

    told = client.get("/v1/decisions/d-1/explanation").get_json()["explanation"]

    codes = {(one["action"], one["channel"]): one["code"] for one in told["drop_outs"]}
    assert codes["teaser", "web"] == codes["offer", "email"] == "UNCERTAIN"


def test_a_locked_store_costs_no_more_than_the_deadline_and_soon_nothing(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    """Writes hang for 3 s; the answers come all the same, and soon nobody waits any more."""
    app = make_app(replace(settings, web_deadline_ms=150, mail_deadline_ms=150, database_timeout_ms=3_000))
    client, parts = app.test_client(), app.extensions["nba"]
    decide(make_app(settings).test_client(), decision_id="before", phase="interested")
    parts.store.check()
    with locked(settings):
        first = [decide(client, decision_id=f"d-{n}", phase="interested") for n in range(3)]
        assert first[0]["degraded_by"][-1] == "STORE_SLOW"
        assert {one["degraded_by"][-1] for one in first[1:]} == {"STORE_CATCHING_UP"}
        parts.recovery.look()  # cannot replay, so nobody waits any more
        assert not parts.store.breaker.closed
        assert decide(client, decision_id="d-3")["degraded_by"][-1] == "STORE_UNAVAILABLE"
        sent = {"outcomes": [{"decision_id": "d-1", "outcome": "clicked", "outcome_id": "o-1"}]}
        assert client.post("/v1/outcomes", json=sent).status_code == 202
    wait_until_idle(parts)
    come_back(parts)

    for answer in first:  # what was told, not what the abandoned attempt wanted to store
        assert client.get(f"/v1/decisions/{answer['decision_id']}").get_json() == answer
    held = client.get("/v1/customers/c").get_json()
    assert sorted(one["decision_id"] for one in held["decisions"]) == ["before", "d-0", "d-1", "d-2", "d-3"]
    assert [one["outcome_id"] for one in held["outcomes"]] == ["o-1"]


def wait_until_idle(parts: Services) -> None:
    """Until the abandoned attempts have ended."""
    for _ in range(1_000):
        if not parts.store.busy:
            return
        threading.Event().wait(0.01)
    raise AssertionError("an abandoned attempt never ended")


def test_events_and_profiles_wait_in_order(client: FlaskClient, parts: Services, settings: Settings) -> None:
    visit = {"customer_id": "c", "touchpoint": "visit", "interaction_id": "i-1", "channel": "web"}
    parts.store.plain.close()
    with gone(settings):
        assert client.put("/v1/customers/c", json={"attributes": {"age": 30}}).status_code == 200
        assert client.put("/v1/customers/c", json={"consent": {"personalization": False}}).status_code == 200
        assert client.post("/v1/interactions", json=visit).status_code == 200
        assert client.post("/v1/interactions", json=visit).status_code == 200
        ready = client.get("/readyz").get_json()
        assert ready["journal"]["records"] == 4

    assert not parts.store.usable(0)  # it is back, but does not know of the objection yet
    assert decide(client)["degraded_by"][-1] in ("STORE_CATCHING_UP", "STORE_UNAVAILABLE")
    come_back(parts)

    held = client.get("/v1/customers/c").get_json()
    assert (held["attributes"], held["consent"]) == ({}, {"personalization": False})
    assert [one["interaction_id"] for one in held["interactions"]] == ["i-1"]


def test_a_record_that_conflicts_is_set_aside_and_holds_nothing_up(
    client: FlaskClient, parts: Services, settings: Settings
) -> None:
    visit = {"customer_id": "c", "touchpoint": "visit", "interaction_id": "i-1"}
    assert client.post("/v1/interactions", json=visit).status_code == 200
    parts.store.plain.close()
    with gone(settings):
        for changed in ({"touchpoint": "quote"}, {"interaction_id": "i-2"}):
            assert client.post("/v1/interactions", json=visit | changed).status_code == 200
    come_back(parts)

    held = client.get("/v1/customers/c").get_json()["interactions"]
    assert {one["interaction_id"]: one["touchpoint"] for one in held} == {"i-1": "visit", "i-2": "visit"}
    assert parts.recovery.replay.counts.refused == 1


def test_what_was_refused_is_erased_with_its_customer_and_their_other_ids(
    client: FlaskClient, parts: Services, settings: Settings
) -> None:
    for customer in ("c-erased", "c-alias", "c-kept"):
        visit = {"customer_id": customer, "touchpoint": "visit", "interaction_id": f"i-{customer}"}
        assert client.post("/v1/interactions", json=visit).status_code == 200
    client.post("/v1/customers/c-erased/aliases", json={"aliases": ["c-alias"]})
    parts.store.plain.close()
    with gone(settings):
        for customer in ("c-erased", "c-alias", "c-kept"):
            visit = {"customer_id": customer, "touchpoint": "quote", "interaction_id": f"i-{customer}"}
            assert client.post("/v1/interactions", json=visit).status_code == 200
    come_back(parts)
    refused = parts.store.journal.directory / "refused"
    assert parts.recovery.replay.counts.refused == 3
    with refused.open("ab") as file:
        file.write(b'{"kind": "of another version", "customer_id": "c-erased"}\n')

    assert client.delete("/v1/customers/c-erased").status_code == 204

    left = refused.read_bytes()
    assert b"c-erased" not in left
    assert b"c-alias" not in left
    assert b"c-kept" in left
    assert client.delete("/v1/customers/c-kept").status_code == 204
    assert not refused.exists()


def test_a_mixed_load_is_replayed_in_few_transactions_but_around_a_profile(
    client: FlaskClient, parts: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction a record would be slower than callers add more, and answers never whole again."""
    written: list[str] = []

    def noted(name: str) -> None:
        real = getattr(parts.store.plain, name)

        def write(rows: Any, *more: Any) -> Any:
            written.append(name)
            return real(rows, *more)

        monkeypatch.setattr(parts.store.plain, name, write)

    for name in ("add_decisions", "add_interactions", "add_outcomes", "put_customers"):
        noted(name)
    parts.store.breaker.trip()
    for number in range(20):
        if number == 10:
            client.put("/v1/customers/c-1", json={"consent": {"personalization": False}})
        decide(client, customer_id=f"c-{number}", decision_id=f"d-{number}")
        for path, body in (
            ("interactions", {"customer_id": f"c-{number}", "touchpoint": "visit"}),
            ("outcomes", {"decision_id": f"d-{number}", "outcome": "clicked"}),
        ):
            assert client.post(f"/v1/{path}", json=body).status_code in (200, 202)

    come_back(parts)

    events = ["add_decisions", "add_interactions", "add_outcomes"]
    assert written == [*events, "put_customers", *events]
    for number in range(20):
        held = client.get(f"/v1/customers/c-{number}").get_json()
        assert [len(held[name]) for name in ("decisions", "interactions", "outcomes")] == [1, 1, 1]


def test_a_crash_between_store_and_checkpoint_stores_nothing_twice(
    client: FlaskClient, parts: Services, settings: Settings
) -> None:
    parts.store.plain.close()
    with gone(settings):
        for number in range(3):
            decide(client, decision_id=f"d-{number}", phase="customer")
            visit = {"customer_id": "c", "touchpoint": "visit", "interaction_id": f"i-{number}"}
            client.post("/v1/interactions", json=visit)
    journal = parts.store.journal.directory / "journal"
    whole = journal.read_bytes()
    come_back(parts)
    journal.write_bytes(whole)
    come_back(parts)

    held = client.get("/v1/customers/c").get_json()
    assert [len(held[name]) for name in ("decisions", "interactions")] == [3, 3]


def test_erasure_reaches_the_journal(client: FlaskClient, parts: Services, settings: Settings) -> None:
    parts.store.plain.close()
    with gone(settings):
        client.put("/v1/customers/anna", json={"attributes": {"first_name": "Anna"}})
        decide(client, customer_id="anna", decision_id="mail-1/anna", phase="customer")
        decide(client, customer_id="bert", decision_id="mail-1/bert", phase="customer")
        client.post("/v1/outcomes", json={"decision_id": "mail-1/anna", "outcome": "clicked"})
        told = client.delete("/v1/customers/anna")
        assert told.status_code == 202, "nothing is erased in a store that is not there"
        assert told.get_json()["status"] == "waiting"
        waiting = (parts.store.journal.directory / "journal").read_bytes()
    assert b"Anna" not in waiting
    assert b"mail-1/anna" not in waiting
    assert b"mail-1/bert" in waiting
    come_back(parts)

    assert client.get("/v1/customers/anna").status_code == 404
    assert client.get("/v1/decisions/mail-1/anna").status_code == 404
    assert client.get("/v1/decisions/mail-1/bert").status_code == 200


def test_an_erasure_that_waits_is_done_when_the_store_is_back(
    client: FlaskClient, parts: Services, settings: Settings
) -> None:
    """202 while it waits, whether the store is gone or is being caught up with; then 204."""
    client.put("/v1/customers/anna", json={"attributes": {"age": 40}})
    decide(client, customer_id="anna", decision_id="d-1")
    parts.store.plain.close()
    with gone(settings):
        assert client.delete("/v1/customers/anna").status_code == 202
    parts.store.breaker.close()
    assert client.delete("/v1/customers/bert").status_code == 202, "not past what waits"

    come_back(parts)

    assert client.get("/v1/customers/anna").status_code == 404
    assert client.get("/v1/decisions/d-1").status_code == 404
    again = client.delete("/v1/customers/anna")
    assert (again.status_code, again.data) == (204, b"")
    kinds = [entry.kind for entry in parts.store.plain.audit_log.entries()]
    assert "customer.erased" in kinds


def test_neither_store_nor_journal(
    client: FlaskClient, parts: Services, settings: Settings, tmp_path: Path
) -> None:
    """Decisions are answered and say that nobody wrote them down; events are told to come again."""
    (tmp_path / "journal").write_text("not a folder")
    parts.store.plain.close()
    with gone(settings):
        assert decide(client)["degraded_by"][-1] == "NOT_RECORDED"
        sent = client.post("/v1/interactions", json={"customer_id": "c", "touchpoint": "visit"})
        erased = client.delete("/v1/customers/c")
    for refused in (sent, erased):
        assert (refused.status_code, refused.get_json()["code"]) == (503, "JOURNAL_UNAVAILABLE")
        assert int(refused.headers["Retry-After"]) > 0


def test_a_batch_is_answered_too(client: FlaskClient, parts: Services, settings: Settings) -> None:
    parts.store.plain.close()
    with gone(settings):
        body = {"decisions": [{"customer_id": f"c-{n}"} for n in range(20)]}
        answers = client.post("/v1/decisions/batch", json=body).get_json()["decisions"]
    assert [one["customer_id"] for one in answers] == [f"c-{n}" for n in range(20)]
    assert {one["degraded"] for one in answers} == {True}
    come_back(parts)
    assert client.get(f"/v1/decisions/{answers[7]['decision_id']}").get_json() == answers[7]


def test_a_request_may_ask_for_less_time(client: FlaskClient, settings: Settings) -> None:
    with locked(settings):
        answer = client.post("/v1/decisions", json={"customer_id": "c"}, headers={"X-Deadline-Ms": "20"})
    assert answer.get_json()["degraded_by"][-1] == "STORE_SLOW"
    wrong = client.post("/v1/decisions", json={"customer_id": "c"}, headers={"X-Deadline-Ms": "soon"})
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "FIELD_RANGE")


def test_a_mail_waits_as_long_as_mails_may(make_app: Callable[..., flask.Flask], settings: Settings) -> None:
    """Writes hang far beyond the web's deadline, then come: the mail's decision is whole."""
    slow = replace(settings, web_deadline_ms=20, mail_deadline_ms=20_000, database_timeout_ms=20_000)
    app = make_app(slow)
    client, parts = app.test_client(), app.extensions["nba"]
    parts.store.check()
    mails: list[Any] = []
    with locked(settings):
        url = "/v1/email/email?recipient=c&message_id=m-1"
        thread = threading.Thread(target=lambda: mails.append(client.get(url).get_json()))
        thread.start()
        threading.Event().wait(0.5)
        assert not mails
    thread.join()

    told = app.test_client().get(f"/v1/decisions/{mails[0]['decision_id']}").get_json()
    assert told["degraded_by"] == ["MODEL_UNAVAILABLE"]


def test_models_that_fail_give_way_to_the_playbook(
    make_app: Callable[..., flask.Flask], registry: Path, tmp_path: Path
) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/m.sqlite", registry=registry, authentication=Authentication.OFF
    )
    app = make_app(settings)
    serving = app.extensions["nba"].source.current()
    serving.engine.estimator = None  # what no bundle that passed its checks should do

    answer = decide(app.test_client(), phase="interested")

    assert (answer["degraded_by"], answer["bundle"]) == (["MODEL_UNAVAILABLE", "MODEL_FAILED"], "none")


def test_a_template_that_fails_says_so(
    make_app: Callable[..., flask.Flask], settings: Settings, tiny_journey_text: str
) -> None:
    assert settings.journey is not None
    broken = tiny_journey_text.replace("Have a look.", "'{{ 1 | divided_by: 0 }}'")
    settings.journey.write_text(broken)
    answer = decide(make_app(settings).test_client(), channels=["web"])
    assert answer["degraded_by"] == ["MODEL_UNAVAILABLE", "CONTENT_FAILED"]
    assert answer["actions"][0]["content"]["title"]


def test_keys_open_the_door_of_a_worker_that_starts_while_the_store_is_gone(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    required = replace(settings, authentication=Authentication.REQUIRED)
    first = make_app(required)
    issuer = KeyIssuer(first.extensions["nba"].store.plain.keys, lambda: NOW)
    made = issuer.create("shop", scopes=[Scope.DECIDE])[1]
    other = make_token(KeyKind.SECRET)
    header = {"Authorization": f"Bearer {made}"}
    body = {"customer_id": "c"}
    assert first.test_client().post("/v1/decisions", json=body, headers=header).status_code == 200
    first.extensions["nba"].store.plain.close()
    with gone(settings):
        client = create_app(required, clock=lambda: NOW, poll=False).test_client()
        assert client.post("/v1/decisions", json=body, headers=header).status_code == 200
        wrong = {"Authorization": f"Bearer {other}"}
        assert client.post("/v1/decisions", json=body, headers=wrong).status_code == 401


def test_threads_start_anew_after_a_fork(parts: Services) -> None:
    parts.store.check()
    child = os.fork()
    if child == 0:  # pragma: no cover - the child leaves by _exit
        parts.store.check()
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
