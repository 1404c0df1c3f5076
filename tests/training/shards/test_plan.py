"""All buckets decide together: columns, the end of the log, and everybody's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from training.config import read_config
from training.shards.bucket import Census, Task, take_census
from training.shards.plan import make_plan
from training.shards.work_folder import WorkFolder


@pytest.fixture
def task(log_folder: Path, tmp_path: Path) -> Task:
    config = read_config(log_folder / "training.yaml")
    journey = config.journey_path.read_bytes()
    return Task(journey_bytes=journey, config=config, work=WorkFolder(str(tmp_path)), buckets=2)


def census_of(
    task: Task, bucket: int, moment: Callable[[float], Any], *visits: tuple[str, float, str]
) -> Census:
    rows = {
        "interaction_id": [f"{customer}-{day}" for customer, day, _ in visits],
        "customer_id": [customer for customer, _, _ in visits],
        "occurred_at": pa.array([moment(day) for _, day, _ in visits], pa.timestamp("ms", tz="UTC")),
        "touchpoint": [name for _, _, name in visits],
    }
    return take_census(task, bucket, {"interactions": pa.table(rows)})


def test_a_touchpoint_seen_in_one_bucket_only_gets_its_column_in_all(
    task: Task, moment: Callable[[float], Any]
) -> None:
    censuses = [
        census_of(task, 0, moment, ("a", 1, "visit")),
        census_of(task, 1, moment, ("b", 2, "fair"), ("c", 3, "fair")),
    ]

    plan, places = make_plan(task, censuses, 1)

    assert "fair" in plan.spec.touchpoints
    assert "fair" in plan.touchpoints
    assert plan.end == censuses[1].end
    assert [each.tolist() for each in places.customers] == [[0], [1, 2]]


def test_customers_stand_in_the_order_of_their_ids(task: Task, moment: Callable[[float], Any]) -> None:
    censuses = [
        census_of(task, 0, moment, ("d", 1, "visit"), ("a", 1, "visit")),
        census_of(task, 1, moment, ("c", 2, "visit"), ("b", 3, "visit")),
    ]

    _, places = make_plan(task, censuses, 1)

    assert [each.tolist() for each in places.customers] == [[0, 3], [1, 2]]
