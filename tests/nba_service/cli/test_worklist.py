"""``nba next``: the list at the terminal, as CSV and as JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import flask
import pytest
from click.testing import CliRunner, Result

from nba_service.cli import main
from nba_service.customers import worklist_jobs
from nba_service.settings import Settings
from tests.waiting import wait_until

AT = "2026-11-20T11:00:00Z"


@pytest.fixture
def nba(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, make_app: Callable[..., flask.Flask]
) -> Callable[..., Result]:
    client = make_app(settings).test_client()
    for name in ("c-1", "c-2"):
        client.put(f"/v1/customers/{name}", json={"attributes": {"age": 40}, "consent": {"email": True}})
    monkeypatch.setenv("NBA_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("NBA_REGISTRY", str(settings.registry))
    return lambda *arguments: CliRunner().invoke(main, ["next", "--channel", "email", "--at", AT, *arguments])


def test_the_list_is_a_table_a_file_or_json(nba: Callable[..., Result], tmp_path: Path) -> None:
    shown = nba()
    assert shown.exit_code == 0, shown.output
    assert "2 customers decided" in shown.output
    found = json.loads(nba("--json").stdout)
    assert found["seen"] == 2
    written = nba("--out", str(tmp_path / "list.csv"))
    assert "utf-8, comma" in written.output
    with (tmp_path / "list.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["customer_id"] for row in rows] == [one["customer_id"] for one in found["contacts"]]


def test_the_first_of_the_list_have_the_path_ahead(
    nba: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    every = [contact["path"] for contact in json.loads(nba("--json").stdout)["contacts"]]
    assert len(every) == 2
    assert all(path.startswith("Now ") for path in every)
    monkeypatch.setattr("nba_service.customers.worklist.MOST_PATHS", 1)
    nba("--out", str(tmp_path / "list.csv"))
    with (tmp_path / "list.csv").open(encoding="utf-8") as file:
        assert [row["path"] for row in csv.DictReader(file)] == [every[0], ""]


def test_what_is_no_time_or_channel_is_said(nba: Callable[..., Result]) -> None:
    wrong = nba("--at", "tomorrow")
    assert (wrong.exit_code, "2026-11-20T09:00:00Z" in wrong.output) == (2, True)
    assert "UNKNOWN_CHANNEL" in nba("--channel", "fax").output or nba("--channel", "fax").exit_code == 1


def test_a_list_that_was_asked_for_over_http_is_made_by_its_id(
    nba: Callable[..., Result],
    settings: Settings,
    make_app: Callable[..., flask.Flask],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(worklist_jobs, "in_a_process", asked.append)
    client = make_app(settings).test_client()
    begun = client.post("/v1/worklists", json={"channel": "email", "at": AT}).get_json()
    done = CliRunner().invoke(main, ["next", "--job", begun["worklist_id"]])
    assert done.exit_code == 0, done.output
    held = client.get(f"/v1/worklists/{begun['worklist_id']}").get_json()
    assert (held["state"], held["seen"]) == ("done", 2)
    assert held["contacts"] == json.loads(nba("--json").stdout)["contacts"]


def test_a_process_of_its_own_makes_it(
    nba: Callable[..., Result], settings: Settings, make_app: Callable[..., flask.Flask]
) -> None:
    """The very command that a worker starts."""
    client = make_app(settings).test_client()
    begun = client.post("/v1/worklists", json={"channel": "email", "at": AT}).get_json()
    address = f"/v1/worklists/{begun['worklist_id']}"
    wait_until(lambda: client.get(address).get_json()["state"] == "done", 120)


def test_a_channel_is_asked_for(settings: Settings) -> None:
    assert "--channel" in CliRunner().invoke(main, ["next"]).output
