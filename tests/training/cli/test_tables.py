"""``nba tables``: what is written, and what is said of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from models.domain.ids import refuse_placeholders
from models.errors import TrainingConfigError, TrainingDataError
from training.cli import tables, train


def run(command: Any, *arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def written(log_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    out = tmp_path_factory.mktemp("tables")
    config = log_folder / "training.yaml"
    return out, run(tables, "--config", config, "--data", log_folder, "--out", out, "--json")


def test_tables_are_written_and_counted(written: tuple[Path, Result]) -> None:
    out, said = written

    counts = json.loads(said.stdout)["tables"]
    assert counts["decisions"] == pq.read_table(out / "decisions.parquet").num_rows == 3_600
    assert json.loads(said.stdout)["rejected"] == []
    assert (out / "rejects.jsonl").read_text() == ""


@pytest.mark.parametrize(
    ("command", "option", "place"),
    [(tables, "--out", "rejects.jsonl"), (train, "--reports", "refused/rejects.jsonl")],
)
def test_a_refused_run_keeps_every_row_that_was_rejected(
    command: Any, option: str, place: str, log_folder: Path, tmp_path: Path
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    shutil.copytree(log_folder, data)
    rows = (data / "interactions.jsonl").read_text().splitlines()
    wrong = [row.replace('"web"', '"telegraph"') for row in rows[::2]]
    (data / "interactions.jsonl").write_text("\n".join([*wrong, *rows[1::2]]))
    registry = () if command is tables else ("--registry", tmp_path / "registry")

    done = run(command, "--config", data / "training.yaml", "--data", data, option, out, *registry)

    assert isinstance(done.exception, TrainingDataError)
    assert f"Every rejected row: {out / place}" in str(done.exception)
    kept = [json.loads(line) for line in (out / place).read_text().splitlines()]
    assert len(kept) == len(wrong)
    assert {(one["table"], one["column"]) for one in kept} == {("interactions", "channel")}


def test_a_placeholder_of_ones_own_is_nobody_here_too(
    written: tuple[Path, Result], log_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = pq.read_table(written[0] / "customers.parquet").slice(0, 1).column("customer_id").to_pylist()
    monkeypatch.setenv("NBA_PLACEHOLDER_IDS", f"gast, {first}")
    where = ("--config", log_folder / "training.yaml", "--data", log_folder, "--out", tmp_path, "--json")
    try:
        rejected = json.loads(run(tables, *where).stdout)["rejected"]
    finally:
        refuse_placeholders([])

    assert {row["table"] for row in rejected} == {"interactions", "decisions"}
    assert f"placeholder '{first}'" in str(rejected)


def test_without_json_there_is_a_line_a_table(log_folder: Path, tmp_path: Path) -> None:
    said = run(tables, "--config", log_folder / "training.yaml", "--data", log_folder, "--out", tmp_path)

    assert said.exit_code == 0
    assert "decisions            3,600 rows" in said.stdout


def test_without_a_configuration_the_folder_holds_the_four_tables(
    written: tuple[Path, Result], log_folder: Path, tmp_path: Path
) -> None:
    """The journey file has to be named: exported tables name none."""
    out, _ = written
    where = ("--data", out, "--out", tmp_path, "--json")

    again = run(tables, "--journey", log_folder / "journey.yaml", *where)
    missing = run(tables, *where)

    assert json.loads(again.stdout)["tables"] == json.loads(written[1].stdout)["tables"]
    assert isinstance(missing.exception, TrainingConfigError)
    assert "the packaged configuration for exported tables names no journey file" in str(missing.exception)
    assert "pass --journey FILE" in str(missing.exception)
