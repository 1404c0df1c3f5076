"""Customers in buckets give the rows, features and phases of all customers at once, bit for bit."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.config import TrainingConfig, read_config
from training.data.validate import Validated
from training.fit.prepared import Prepared
from training.run.inputs import prepare_rows, read_tables
from training.run.progress import Progress
from training.shards.assemble import Gathered, gather
from training.shards.bucket import Task
from training.shards.one_machine import OneMachine
from training.shards.plan import make_plan
from training.shards.work_folder import WorkFolder

SEED = 3


def at_once(config: TrainingConfig, data: Path) -> tuple[Validated, Prepared]:
    journey, _, validated = read_tables(config, data, Progress())
    return validated, prepare_rows(config, journey, validated, SEED, Progress())


def in_buckets(
    config: TrainingConfig, data: Path, folder: Path, count: int, work: str | None = None
) -> Gathered:
    engine = OneMachine()
    task = Task(
        journey_bytes=config.journey_path.read_bytes(),
        config=config,
        work=WorkFolder(work or str(folder / "work")),
        buckets=count,
    )
    censuses = engine.censuses(task, data, folder / "scratch")
    plan, places = make_plan(task, censuses, SEED)
    engine.features(task, plan)
    return gather(task, plan, places, censuses, folder / "mapped")


def arrays(record: Any) -> dict[str, Any]:
    columns = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: column for name, column in columns.items() if isinstance(column, np.ndarray)}


def different(one: Prepared, other: Prepared) -> list[str]:
    """Names of arrays that are not the same in both, bit for bit."""
    found = []
    for part in ("rows", "situations", "log.history", "trace"):
        records: list[Any] = [one, other]
        for name in part.split("."):
            records = [getattr(record, name) for record in records]
        first, second = map(arrays, records)
        assert first.keys() == second.keys()
        found += [
            f"{part}.{name}"
            for name, column in first.items()
            if column.dtype != second[name].dtype
            or not np.array_equal(column, second[name], equal_nan=column.dtype.kind == "f")
        ]
    found += [
        n
        for n in ("customer_x", "candidate_x")
        if not np.array_equal(getattr(one, n), getattr(other, n), equal_nan=True)
    ]
    return found + ["part"] * (not np.array_equal(one.split.part, other.split.part))


@pytest.mark.parametrize("count", [1, 7])
def test_buckets_change_nothing(log_folder: Path, tmp_path: Path, count: int) -> None:
    config = read_config(log_folder / "training.yaml")
    validated, whole = at_once(config, log_folder)

    gathered = in_buckets(config, log_folder, tmp_path, count)

    allowed = {"rows.decision", "log.history.touchpoint"}  # positions and codes of their own
    assert set(different(whole, gathered.prepared)) <= allowed
    assert gathered.validated.tables.counts == validated.tables.counts
    assert gathered.prepared.log.customer_ids.equals(whole.log.customer_ids)
    assert [*gathered.prepared.log.attributes] == [*whole.log.attributes]


def test_buckets_at_a_url_are_gathered_all_the_same(log_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    config = read_config(log_folder / "training.yaml")
    near = in_buckets(config, log_folder, tmp_path / "near", 3)

    far = in_buckets(config, log_folder, tmp_path / "far", 3, f"memory://{tmp_path.name}")

    assert different(near.prepared, far.prepared) == []
    assert not (tmp_path / "far" / "mapped" / "buckets").exists()


def test_a_log_without_decisions_draws_the_same_quiet_moments(log_folder: Path, tmp_path: Path) -> None:
    """They are drawn customer after customer, before anything is cut."""
    config = read_config(log_folder / "training.yaml")
    columns = "interaction_id, customer_id, occurred_at, 'email' AS channel, 'teaser' AS action"
    contacts = f"SELECT {columns}, 'mail_sent' AS touchpoint FROM interactions"  # noqa: S608 - no input
    config = replace(config, tables={"interactions": contacts})
    _, whole = at_once(config, log_folder)

    gathered = in_buckets(config, log_folder, tmp_path, 5)

    assert set(different(whole, gathered.prepared)) <= {"log.history.touchpoint"}
    assert len(whole.rows) > 600


def test_more_buckets_than_customers_leave_some_empty(log_folder: Path, tmp_path: Path) -> None:
    config = read_config(log_folder / "training.yaml")
    few = {
        name: f"SELECT * FROM ({sql}) WHERE customer_id IN ('c1', 'c2', 'c3')"  # noqa: S608 - no input
        for name, sql in config.tables.items()
        if name != "outcomes"
    }
    config = replace(config, tables=few, split=replace(config.split, calibrate_from=0.4, test_from=0.6))
    _, whole = at_once(config, log_folder)

    gathered = in_buckets(config, log_folder, tmp_path, 40)

    assert set(different(whole, gathered.prepared)) <= {"rows.decision", "log.history.touchpoint"}
