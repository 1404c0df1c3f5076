"""``nba import`` and ``nba export``: the four tables as Parquet, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import flask
import pytest
from click.testing import CliRunner, Result

from nba_service.cli import main
from nba_service.settings import Settings
from nba_service.store import open_store


def test_export_lists_customers_and_needs_one_of_its_options(
    nba: Callable[..., Result], make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    make_app(settings).test_client().put("/v1/customers/c-1", json={})

    assert nba("export", "--list-customers", "5").stdout == "c-1\n"
    assert nba("export").exit_code == 2


@pytest.fixture
def used(make_app: Callable[..., flask.Flask], settings: Settings) -> Settings:
    """A customer with a visit and a decision that was clicked."""
    client = make_app(settings).test_client()
    client.put("/v1/customers/c-1", json={"attributes": {"age": 40}})
    client.post("/v1/interactions", json={"customer_id": "c-1", "touchpoint": "visit"})
    client.post("/v1/decisions", json={"customer_id": "c-1", "decision_id": "d-1", "channels": ["web"]})
    client.post("/v1/outcomes", json={"decision_id": "d-1", "outcome": "clicked"})
    return settings


def imported(settings: Settings, folder: Path, *options: str) -> Result:
    environment = {"NBA_DATABASE_URL": settings.database_url, "NBA_REGISTRY": str(settings.registry)}
    return CliRunner().invoke(main, ["import", str(folder), *options], env=environment)


def test_what_is_exported_can_be_imported_once(
    nba: Callable[..., Result], used: Settings, tmp_path: Path
) -> None:
    exported = nba("export", "--out", str(tmp_path / "out"))
    other = replace(used, database_url=f"sqlite:///{tmp_path}/other.sqlite")
    first, second = (imported(other, tmp_path / "out", *options) for options in ((), ("--json",)))

    assert exported.exit_code == 0, exported.output
    tables = ["customers", "interactions", "decisions", "outcomes"]
    assert {f"{table}: 1 rows in 1 files" for table in tables} <= set(exported.stdout.splitlines())
    assert exported.stderr.endswith(f"nba train --config … --data {tmp_path / 'out'} reads it\n")
    assert {f"{table}: 1 rows, 1 new" for table in tables} <= set(first.stdout.splitlines())
    told = json.loads(second.stdout)
    assert [(told[table]["rows"], told[table]["new"]) for table in tables] == [(1, 0)] * 4


def test_what_differs_from_the_store_stays_as_it_is_stored(
    nba: Callable[..., Result], used: Settings, tmp_path: Path
) -> None:
    nba("export", "--out", str(tmp_path / "out"))
    other = replace(used, database_url=f"sqlite:///{tmp_path}/other.sqlite")
    imported(other, tmp_path / "out")
    import sqlite3

    with sqlite3.connect(tmp_path / "other.sqlite") as connection:
        connection.execute("UPDATE interactions SET touchpoint = 'quote'")
    again = imported(other, tmp_path / "out")

    assert "interactions: 1 rows, 0 new, 1 differ from what is stored, which stayed" in again.stdout


def test_programs_read_how_many_rows_went_into_how_many_files(
    nba: Callable[..., Result], used: Settings, tmp_path: Path
) -> None:
    told = json.loads(nba("export", "--out", str(tmp_path / "out"), "--json").stdout)

    assert told["decisions"] == {"rows": 1, "files": 1}


def test_an_export_is_noted_for_retention(nba: Callable[..., Result], used: Settings, tmp_path: Path) -> None:
    store = open_store(used)
    assert store.exported_at() is None

    nba("export", "--out", str(tmp_path / "out"))

    assert store.exported_at() is not None
    store.close()


def test_the_log_for_another_tool_is_a_file(
    nba: Callable[..., Result], used: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "log.dsjson"

    done = nba("export", "--format", "dsjson", "--out", str(out))
    told = json.loads(nba("export", "--format", "dsjson", "--out", str(out), "--json").stdout)

    assert done.exit_code == 0, done.output
    number = told["rows"]
    assert done.stdout == f"{out}: {number} decisions\n"
    assert len(out.read_text().splitlines()) == number
    assert number + sum(told["left_out"].values()) == 1
    for reason, count in told["left_out"].items():
        assert f"left out: {count} {reason}" in done.stderr


def test_parquet_needs_a_folder(nba: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    refused = nba("export", "--out", str(tmp_path / "file"))

    assert refused.exit_code == 2
    assert "is a file; Parquet needs a folder" in refused.stderr


def test_a_folder_that_is_not_there_is_wrong_usage(nba: Callable[..., Result], tmp_path: Path) -> None:
    assert nba("import", str(tmp_path / "gone")).exit_code == 2


@pytest.mark.parametrize("name", ["interactions.csv", "customers.json", "all.zip", "interactions.csv.gz"])
def test_files_that_are_no_tables_are_an_error_or_named(used: Settings, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / name).write_text("interaction_id,customer_id\n1,c-1\n")
    other = replace(used, database_url=f"sqlite:///{tmp_path}/other.sqlite")

    for refused in (imported(other, folder), imported(other, folder / name)):
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert name in refused.stderr
        assert f"nba tables --config training.yaml --data {folder} --out OUT" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "other.sqlite").exists()


def test_files_beside_the_tables_are_named_whatever_reads_the_rest(
    nba: Callable[..., Result], used: Settings, tmp_path: Path
) -> None:
    nba("export", "--out", str(tmp_path / "out"))
    (tmp_path / "out" / "more.csv").touch()

    for options in ((), ("--json",)):
        told = imported(used, tmp_path / "out", *options)
        assert told.exit_code == 0
        assert "not read: more.csv; expected Parquet tables" in told.stderr
