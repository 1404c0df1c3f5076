"""What a run for an audience writes, `nba import` reads: once, however often it is imported or run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from nba_service.cli.past import replay
from nba_service.cli.transfer import export, import_
from training.batch.command import decide_on_tables

AT = datetime(2026, 5, 2, 9, tzinfo=UTC)
AUDIENCE = [f"c{number}" for number in range(0, 600, 6)] + ["nobody-knows-me"]


@pytest.fixture
def imported(batch_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store that has the tables; the run's output."""
    monkeypatch.setenv("NBA_DATABASE_URL", f"sqlite:///{tmp_path}/nba.sqlite")
    monkeypatch.setenv("NBA_REGISTRY", str(batch_folder / "registry"))
    said(import_, batch_folder / "tables")
    decided(batch_folder, tmp_path / "out", shards=3)
    return tmp_path / "out"


def decided(folder: Path, out: Path, shards: int) -> None:
    decide_on_tables(
        engine="shards", registry=folder / "registry", data=str(folder / "tables"), audience=AUDIENCE,
        channel="email", at=AT, run_id="mail/7", out=str(out), shards=shards,
    )  # fmt: skip


def said(command: Any, *arguments: object) -> dict[str, Any]:
    done = CliRunner().invoke(command, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    return told


def rows(folder: Path) -> dict[str, dict[str, Any]]:
    found = [row for path in folder.rglob("*.parquet") for row in pq.read_table(path).to_pylist()]
    return {row["decision_id"]: row for row in found if str(row["decision_id"]).startswith("mail/7/")}


def test_decisions_are_imported_once_and_come_out_as_they_went_in(
    imported: Path, batch_folder: Path, tmp_path: Path
) -> None:
    first = said(import_, imported)["decisions"]
    again = said(import_, imported)["decisions"]
    decided(batch_folder, imported, shards=2)
    after_another_run = said(import_, imported)["decisions"]

    assert (first["rows"], first["new"], first["left_out"]) == (len(AUDIENCE), len(AUDIENCE), 0)
    for told in (again, after_another_run):
        assert (told["rows"], told["new"], told["conflicts"]) == (len(AUDIENCE), 0, 0)
    said(export, "--out", tmp_path / "exported")
    went, came = rows(imported / "decisions"), rows(tmp_path / "exported" / "decisions")
    assert went.keys() == came.keys()
    for key, row in went.items():
        assert json.loads(came[key]["candidates"]) == json.loads(row["candidates"])
        same = (
            "customer_id",
            "decided_at",
            "action",
            "channel",
            "action_probability",
            "bundle",
            "policy",
            "arm",
        )
        assert {name: came[key][name] for name in same} == {name: row[name] for name in same}


def test_a_run_that_was_imported_is_replayed_to_the_last_digit(
    imported: Path, batch_folder: Path, tmp_path: Path
) -> None:
    """Both passes: of who kept a scarce contact and who lost one, and of somebody unknown."""
    said(import_, imported)

    told = said(replay, "--since", "2026-05-02T00:00:00Z")

    assert (told["identical"], told["different"], told["impossible"]) == (len(AUDIENCE), 0, {})
    contacts = [row["channel"] for row in rows(imported / "decisions").values()]
    assert contacts.count("email") == 40
    assert any('"cuts"' in row["context"] for row in rows(imported / "decisions").values())


def test_a_run_that_is_not_what_was_decided_is_told(imported: Path, tmp_path: Path) -> None:
    """Its probabilities are off by a millionth; the import wrote the profiles later, so that could be why."""
    path = next(iter((imported / "decisions").glob("*.parquet")))
    table = pq.read_table(path)
    at = table.schema.get_field_index("action_probability")
    off = [value * (1 - 1e-6) for value in table.column(at).to_pylist()]
    pq.write_table(table.set_column(at, "action_probability", pa.array(off)), path)
    said(import_, imported)

    done = CliRunner().invoke(replay, ["--since", "2026-05-02T00:00:00Z", "--json"])

    told = json.loads(done.stdout[done.stdout.index("{") :])
    assert told["identical"] == len(AUDIENCE) - table.num_rows
    assert told["different"] + told["impossible"].get("REPLAY_IMPOSSIBLE", 0) == table.num_rows
