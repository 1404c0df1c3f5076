"""An export has the availability of configurators, where there is any."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from models.configurations.availability import AvailabilityRow
from nba_service.data.availability_table import COLUMNS
from nba_service.data.tables import export_store, import_folder
from nba_service.settings import Settings
from nba_service.store import open_store
from nba_service.store.interface import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = open_store(Settings(database_url=f"sqlite:///{tmp_path}/nba.sqlite"))
    made.migrate()
    return made


def test_every_row_with_the_moment_it_is_of(store: Store, tmp_path: Path) -> None:
    rows = [AvailabilityRow("motor", "m150"), AvailabilityRow("motor", "m300", "north", False, "2026-12-01")]
    store.configurations.upload("car", rows, 1_000, replace=False)
    store.configurations.upload("car", [], 5_000, replace=False)

    moved = {one.table: one.rows for one in export_store(store, tmp_path / "out")}

    told = pq.read_table(tmp_path / "out" / "availability.parquet").to_pylist()
    assert moved["availability"] == 2
    assert [tuple(row) for row in told] == [tuple(COLUMNS)] * 2
    assert [(row["choice"], row["region"], row["available"], row["from"]) for row in told] == [
        ("m150", "*", True, None),
        ("m300", "north", False, "2026-12-01"),
    ]
    assert {(row["as_of"].timestamp(), row["table_as_of"].timestamp()) for row in told} == {(1.0, 5.0)}


def test_without_any_there_is_no_file_and_an_import_leaves_it(store: Store, tmp_path: Path) -> None:
    store.configurations.upload("car", [AvailabilityRow("motor", "m150")], 1_000, replace=False)
    export_store(store, tmp_path / "out")
    turn = store.configurations.turn()

    assert "availability" not in {one.table for one in import_folder(store, tmp_path / "out")}
    assert store.configurations.turn() == turn


def test_a_table_of_before_goes(store: Store, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "availability.parquet").write_bytes(b"of another store")
    assert "availability" not in {one.table for one in export_store(store, tmp_path / "out")}
    assert not (tmp_path / "out" / "availability.parquet").exists()
