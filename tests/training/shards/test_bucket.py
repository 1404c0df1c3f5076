"""A bucket is checked like a whole table, and says where its rows stood."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from training.config import TrainingConfig, read_config
from training.shards.bucket import POSITION, Task, read_tables_of, take_census
from training.shards.work_folder import WorkFolder


@pytest.fixture
def task(log_folder: Path, tmp_path: Path) -> Task:
    config: TrainingConfig = read_config(log_folder / "training.yaml")
    journey = config.journey_path.read_bytes()
    return Task(journey_bytes=journey, config=config, work=WorkFolder(str(tmp_path)), buckets=1)


def visits(moment: Callable[[float], Any], *rows: tuple[str, str, float]) -> pa.Table:
    return pa.table(
        {
            "interaction_id": [name for name, _, _ in rows],
            "customer_id": [customer for _, customer, _ in rows],
            "occurred_at": pa.array([moment(day) for _, _, day in rows], pa.timestamp("ms", tz="UTC")),
            "touchpoint": ["visit"] * len(rows),
        }
    )


def test_a_reject_says_its_row_in_the_whole_table(task: Task, moment: Callable[[float], Any]) -> None:
    rows = visits(moment, ("i1", "a", 1), ("i1", "a", 2)).append_column(POSITION, pa.array([40, 41]))

    census = take_census(task, 0, {"interactions": rows})

    assert [(reject.row, reject.column) for reject in census.rejects] == [(42, "interaction_id")]
    assert census.rows_read["interactions"] == 2


def test_without_places_rows_are_taken_in_the_order_of_exported_tables(
    task: Task, moment: Callable[[float], Any]
) -> None:
    rows = visits(moment, ("i3", "b", 2), ("i2", "a", 3), ("i1", "b", 1))

    census = take_census(task, 0, {"interactions": rows})

    assert read_tables_of(task, 0).interactions.column("interaction_id").to_pylist() == ["i2", "i1", "i3"]
    assert census.customers_made == 2
    assert census.counts.touchpoints == {"visit": 3}


def test_an_empty_bucket_has_a_census(task: Task, moment: Callable[[float], Any]) -> None:
    census = take_census(task, 0, {"interactions": visits(moment)})

    assert (census.decisions, census.end) == (0, 0)
