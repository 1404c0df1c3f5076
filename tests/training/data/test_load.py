"""Loading runs the SQL of training.yaml over the data folder and over nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models.errors import TrainingDataError
from training.config import Source, TrainingConfig
from training.data.load import load_tables


def load(folder: Path, sql: str, files: str = "events.csv", **source: Any) -> Any:
    config = TrainingConfig(
        source="training.yaml",
        folder=folder,
        journey=None,
        time_zone=None,
        sources={"events": Source(files=(files,), **source)},
        tables={"interactions": sql},
    )
    return load_tables(config, folder).get("interactions")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "events.csv").write_text("who,amount\nb,2\na,1\nc,3\n")
    return tmp_path


def test_rows_can_be_numbered_in_the_order_of_the_file(folder: Path) -> None:
    table = load(folder, "SELECT who, nr FROM events ORDER BY nr", number_rows="nr")

    assert table.to_pydict() == {"who": ["b", "a", "c"], "nr": [1, 2, 3]}


def test_a_broken_file_names_file_row_and_column(folder: Path) -> None:
    (folder / "events.csv").write_text("who,amount\n" + "a,1\n" * 30_000 + "a,none\n")

    with pytest.raises(TrainingDataError) as caught:
        load(folder, "SELECT sum(amount) FROM events")

    for part in ("events.csv", "row 30002", "column amount"):
        assert part in str(caught.value)


@pytest.mark.parametrize("path", ["/etc/passwd", "/etc/hostname"])
def test_sql_reads_no_file_outside_the_data_folder(folder: Path, path: str) -> None:
    with pytest.raises(TrainingDataError, match="Permission"):
        load(folder, f"SELECT * FROM read_csv('{path}')")  # noqa: S608 - the attack under test


def test_sql_cannot_open_the_lock(folder: Path) -> None:
    with pytest.raises(TrainingDataError):
        load(folder, "SELECT 1); SET enable_external_access = true; SELECT (1")


def test_a_link_out_of_the_folder_is_no_source(folder: Path) -> None:
    (folder / "link.csv").symlink_to("/etc/passwd")

    with pytest.raises(TrainingDataError, match="no file matches"):
        load(folder, "SELECT * FROM events", files="link.csv")


def test_wrong_sql_names_the_table(folder: Path) -> None:
    with pytest.raises(TrainingDataError, match=r"table 'interactions'.*whoo"):
        load(folder, "SELECT whoo FROM events")


def test_a_table_of_a_missing_optional_source_is_left_out(folder: Path) -> None:
    assert load(folder, "SELECT * FROM events", files="none.csv", optional=True) is None


def test_a_missing_source_names_pattern_and_folder(folder: Path) -> None:
    with pytest.raises(TrainingDataError, match=r"none\.csv"):
        load(folder, "SELECT * FROM events", files="none.csv")
