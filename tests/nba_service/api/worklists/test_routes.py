"""Lists of whom to contact over HTTP: made aside, read as JSON and CSV, and honest when nobody makes them."""

from __future__ import annotations

import csv
from collections.abc import Callable

import flask
import pytest
from flask.testing import FlaskClient

from models.domain.history import to_ms
from nba_service.customers import worklist_jobs
from nba_service.customers.worklist import Worklists
from nba_service.services import Services
from nba_service.settings import Settings
from nba_service.store.records.worklists import STALE_MS, WorklistRow
from tests.nba_service.conftest import NOW


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of lists whose process would begin; tests make them themselves."""
    ids: list[str] = []
    monkeypatch.setattr(worklist_jobs, "in_a_process", ids.append)
    return ids


@pytest.fixture
def app(begun: list[str], make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> flask.Flask:
    return make_app(playbook_settings)


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    client = app.test_client()
    for name in ("c-1", "c-2", "c-3"):
        client.put(
            f"/v1/customers/{name}", json={"attributes": {"age": 40}, "consent": {"email": name != "c-3"}}
        )
    return client


def parts_of(app: flask.Flask) -> Services:
    parts: Services = app.extensions["nba"]
    return parts


def begin(client: FlaskClient, **more: object) -> dict[str, object]:
    answer = client.post("/v1/worklists", json={"channel": "email", **more})
    assert answer.status_code == 202, answer.text
    held: dict[str, object] = answer.get_json()
    return held


def test_a_list_is_what_the_command_makes(app: flask.Flask, client: FlaskClient, begun: list[str]) -> None:
    held = begin(client, capacity=10)
    assert (held["state"], begun) == ("running", [held["worklist_id"]])
    parts = parts_of(app)
    parts.worklists.work(begun[0])
    done = client.get(f"/v1/worklists/{begun[0]}").get_json()
    lists = Worklists(
        store=parts.store.plain, source=parts.source, decisions=parts.decisions, clock=lambda: NOW
    )
    wanted = lists.make("email", 10)
    assert done["state"] == "done"
    assert (done["decided"], done["seen"], done["worth"]) == (3, 3, wanted.worth)
    assert [one["customer_id"] for one in done["contacts"]] == [one.customer_id for one in wanted.contacts]
    assert len(done["contacts"]) == 2
    for answer in (
        client.get(f"/v1/worklists/{begun[0]}.csv"),
        client.get(f"/v1/worklists/{begun[0]}", headers={"Accept": "text/csv"}),
    ):
        rows = list(csv.DictReader(answer.text.splitlines()))
        assert [row["customer_id"] for row in rows] == [one["customer_id"] for one in done["contacts"]]
    asked = [entry for entry in parts.store.plain.audit_log.entries() if entry.kind == "worklist.asked"]
    assert [entry.subject for entry in asked] == begun


def test_one_is_made_at_a_time(client: FlaskClient, app: flask.Flask, begun: list[str]) -> None:
    begin(client)
    refused = client.post("/v1/worklists", json={"channel": "email"})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "WORKLIST_RUNNING")
    parts_of(app).worklists.work(begun[0])
    begin(client)


def test_a_list_whose_process_is_gone_says_so_and_the_next_may_begin(
    app: flask.Flask, client: FlaskClient
) -> None:
    long_ago = to_ms(NOW) - STALE_MS - 1
    row = WorklistRow(
        worklist_id="gone", channel="email", capacity=1, at=long_ago, started_at=long_ago, beat_at=long_ago
    )
    parts_of(app).store.plain.worklists.begin(row)
    assert client.get("/v1/worklists/gone").get_json()["state"] == "interrupted"
    unfinished = client.get("/v1/worklists/gone.csv")
    assert (unfinished.status_code, unfinished.get_json()["code"]) == (409, "WORKLIST_UNFINISHED")
    begin(client)


def test_unknown_ids_channels_and_sizes_are_refused(client: FlaskClient) -> None:
    assert client.get("/v1/worklists/none").get_json()["code"] == "WORKLIST_UNKNOWN"
    assert (
        client.post("/v1/worklists", json={"channel": "fax"}).get_json()["errors"][0]["code"]
        == "UNKNOWN_CHANNEL"
    )
    assert client.post("/v1/worklists", json={"channel": "email", "capacity": 0}).status_code == 422
