"""``Idempotency-Key``: answered once, repeated byte for byte, refused when it is another request."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nba_service.access.idempotency import MOST_NAMES
from nba_service.errors import StoreError
from nba_service.settings import Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MakeApp = Callable[..., flask.Flask]


@pytest.fixture
def client(make_app: MakeApp, playbook_settings: Settings) -> FlaskClient:
    return make_app(playbook_settings).test_client()


def post(client: FlaskClient, key: str, path: str = "/v1/decisions", **body: Any) -> TestResponse:
    return client.post(path, json={"customer_id": "c-1", **body}, headers={"Idempotency-Key": key})


def test_the_same_request_gets_the_same_bytes(client: FlaskClient) -> None:
    first, again = post(client, "k-1"), post(client, '"k-1"')
    other = post(client, "k-2")

    assert again.data == first.data
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert other.get_json()["decision_id"] != first.get_json()["decision_id"]


def test_an_interaction_without_an_id_counts_once(client: FlaskClient) -> None:
    sent = [post(client, "k", "/v1/interactions", touchpoint="visit").get_json() for _ in range(3)]

    assert len(client.get("/v1/customers/c-1").get_json()["interactions"]) == 1
    assert sent[0] == sent[1] == sent[2]


def test_another_body_or_address_is_refused(client: FlaskClient) -> None:
    post(client, "k-1")

    for answer in (
        post(client, "k-1", limit=2),
        post(client, "k-1", "/v1/interactions", touchpoint="visit"),
        client.put("/v1/customers/c-1", json={"customer_id": "c-1"}, headers={"Idempotency-Key": "k-1"}),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")


def test_a_refusal_is_repeated_too(client: FlaskClient) -> None:
    first, again = (post(client, "k-1", phase="nowhere") for _ in range(2))

    assert (first.status_code, again.data) == (422, first.data)


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "é"])
def test_what_cannot_be_a_key_is_refused(client: FlaskClient, key: str) -> None:
    answer = post(client, key)

    assert (answer.status_code, answer.get_json()["code"]) == (400, "IDEMPOTENCY_KEY_INVALID")


def test_a_request_that_names_more_people_than_an_answer_can_be_about_is_refused(client: FlaskClient) -> None:
    crowd = {"ids": [f"c-{number}" for number in range(MOST_NAMES + 1)]}

    refused = post(client, "k", customer_id="c-1", context=crowd)

    assert (refused.status_code, refused.get_json()["code"]) == (400, "IDEMPOTENCY_KEY_INVALID")
    assert "in parts" in refused.get_json()["detail"]


def test_two_replicas_at_once_answer_once(make_app: MakeApp, playbook_settings: Settings) -> None:
    """Two applications on one store: of many twins one is answered, the others wait or get its answer."""
    clients = [make_app(playbook_settings).test_client() for _ in range(2)]
    start, answers = threading.Barrier(8), []

    def ask(number: int) -> None:
        start.wait()
        answers.append(post(clients[number % 2], "k", "/v1/interactions", touchpoint="visit"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.data for answer in answers if answer.status_code == 200}) == 1
    assert {a.get_json()["code"] for a in answers if a.status_code == 409} <= {"IDEMPOTENCY_IN_FLIGHT"}
    assert len(clients[0].get("/v1/customers/c-1").get_json()["interactions"]) == 1


def test_while_the_first_still_runs_the_second_is_told_to_wait(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = client.application.extensions["nba"].events
    inside: list[TestResponse] = []
    add = type(events).add_interactions

    def slowly(self: Any, calls: Any) -> Any:
        if not inside:
            twin = client.application.test_client()
            inside.append(post(twin, "k", "/v1/interactions", touchpoint="visit"))
        return add(self, calls)

    monkeypatch.setattr(type(events), "add_interactions", slowly)

    assert post(client, "k", "/v1/interactions", touchpoint="visit").status_code == 200
    assert (inside[0].status_code, inside[0].get_json()["code"]) == (409, "IDEMPOTENCY_IN_FLIGHT")
    assert inside[0].headers["Retry-After"] == "1"


def test_what_failed_on_our_side_may_be_tried_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = client.application.extensions["nba"].events
    with monkeypatch.context() as patch:
        patch.setattr(type(events), "add_interactions", lambda *_: (_ for _ in ()).throw(StoreError("gone")))
        assert post(client, "k", "/v1/interactions", touchpoint="visit").status_code == 503

    assert post(client, "k", "/v1/interactions", touchpoint="visit").status_code == 200


def test_keys_are_kept_for_a_day_and_stuck_ones_for_a_minute(
    make_app: MakeApp, playbook_settings: Settings, tmp_path: Path
) -> None:
    now = [NOW]
    client = make_app(playbook_settings, clock=lambda: now[0]).test_client()
    first = post(client, "k", "/v1/interactions", touchpoint="visit")
    now[0] += timedelta(hours=23)
    assert post(client, "k", "/v1/interactions", touchpoint="visit").data == first.data
    now[0] += timedelta(hours=2)
    assert "Idempotent-Replayed" not in post(client, "k", "/v1/interactions", touchpoint="visit").headers

    with sqlite3.connect(tmp_path / "playbook.sqlite") as connection:  # as a worker that was killed leaves it
        connection.execute("UPDATE requests SET status = NULL, body = NULL")
    now[0] += timedelta(seconds=59)
    assert post(client, "k", "/v1/interactions", touchpoint="visit").status_code == 409
    now[0] += timedelta(seconds=2)
    assert post(client, "k", "/v1/interactions", touchpoint="visit").status_code == 200


def test_erasure_takes_kept_answers_along(client: FlaskClient, tmp_path: Path) -> None:
    decided = post(client, "k-1").get_json()
    post(client, "k-2", "/v1/outcomes", customer_id=None)
    client.post(
        "/v1/outcomes",
        json={"decision_id": decided["decision_id"], "outcome": "clicked"},
        headers={"Idempotency-Key": "k-3"},
    )
    post(client, "k-4", customer_id="another")

    client.delete("/v1/customers/c-1")

    with sqlite3.connect(tmp_path / "playbook.sqlite") as connection:
        left = {row[0] for row in connection.execute("SELECT about FROM requests_about")}
        kept = connection.execute("SELECT count(*) FROM requests").fetchone()[0]
    assert left == {"another"}
    assert kept == 2  # of the other customer, and the one that named nobody


def test_callers_do_not_meet_in_one_key(make_app: MakeApp, playbook_settings: Settings) -> None:
    from nba_service.access.issuing import KeyIssuer
    from nba_service.keys.scopes import Scope
    from nba_service.settings import Authentication

    app = make_app(replace(playbook_settings, authentication=Authentication.REQUIRED, key_cache_seconds=0))
    issuer = KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW)
    ids = set()
    for name in ("one", "two"):
        _, token = issuer.create(name, scopes=[Scope.DECIDE])
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "same"}
        answer = app.test_client().post("/v1/decisions", json={"customer_id": "c"}, headers=headers)
        ids.add(answer.get_json()["decision_id"])

    assert len(ids) == 2
