"""``nba next`` from tables gives the list that it gives from the store, room of the day included."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nba_service.cli import main
from training.batch.command import contacts_on_tables

AT = "2026-05-02T09:00:00Z"
ROOM = 40  # of the channel in the journey of ``batch_folder``


@pytest.fixture
def next_on_email(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    monkeypatch.setenv("NBA_DATABASE_URL", f"sqlite:///{tmp_path}/nba.sqlite")

    def ask(folder: Path, *options: object) -> dict[str, Any]:
        monkeypatch.setenv("NBA_REGISTRY", str(folder / "registry"))
        given = ["next", "--channel", "email", "--at", AT, "--json", *map(str, options)]
        done = CliRunner().invoke(main, given, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    return ask


@pytest.mark.parametrize("kind", ["batch_folder", "account_folder"])
def test_the_list_is_that_of_the_store(
    kind: str,
    next_on_email: Callable[..., dict[str, Any]],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Best times and reasons included; the store learned nothing between trainings."""
    folder: Path = request.getfixturevalue(kind)
    monkeypatch.setenv("NBA_UPDATE_SECONDS", "0")
    imported = CliRunner().invoke(main, ["import", str(folder / "tables")], catch_exceptions=False)
    assert imported.exit_code == 0, imported.output

    from_store = next_on_email(folder, "--capacity", 100)
    from_tables = next_on_email(folder, "--capacity", 100, "--engine", "shards", "--data", folder / "tables")

    assert from_tables == from_store
    assert len(from_tables["contacts"]) == (ROOM if kind == "batch_folder" else 100)
    assert all(contact["best_time"] and contact["path"] for contact in from_tables["contacts"])


def test_number_of_buckets_changes_nothing_and_the_list_is_a_file(
    batch_folder: Path,
    next_on_email: Callable[..., dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("training.batch.listing.MOST_PATHS", 3)
    asked = {"engine": "shards", "registry": batch_folder / "registry", "data": str(batch_folder / "tables")}
    lists = [
        contacts_on_tables(
            channel="email", most=7, at=datetime.fromisoformat(AT).astimezone(UTC), shards=n, **asked
        )
        for n in (1, 6)
    ]
    next_on_email(
        batch_folder, "--capacity", 7, "--engine", "shards", "--data", batch_folder / "tables",
        "--out", tmp_path / "list.csv",
    )  # fmt: skip

    assert lists[0] == lists[1]
    with (tmp_path / "list.csv").open() as file:
        ids = [row["customer_id"] for row in csv.DictReader(file)]
    assert ids == [contact.customer_id for contact in lists[0].contacts]
    assert len(ids) == 7
    assert [contact.path != "" for contact in lists[0].contacts] == 3 * [True] + 4 * [False]


def test_tables_need_a_folder_and_a_store_needs_none(batch_folder: Path) -> None:
    runner = CliRunner()
    without = runner.invoke(main, ["next", "--channel", "email", "--engine", "shards"])
    wrong = runner.invoke(main, ["next", "--channel", "email", "--data", str(batch_folder)])

    assert (without.exit_code, "--engine needs --data" in without.output) == (2, True)
    assert (wrong.exit_code, "go with --engine" in wrong.output) == (2, True)
