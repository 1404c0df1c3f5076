"""Every row goes into the bucket of its customer, with its place in the whole table."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from training.config import read_config
from training.shards.bucket import POSITION, Task
from training.shards.one_machine import OneMachine
from training.shards.work_folder import WorkFolder


def test_rows_of_a_customer_are_in_one_bucket_with_their_place(log_folder: Path, tmp_path: Path) -> None:
    config = read_config(log_folder / "training.yaml")
    task = Task(
        journey_bytes=config.journey_path.read_bytes(),
        config=config,
        work=WorkFolder(str(tmp_path / "work")),
        buckets=4,
    )

    censuses = OneMachine().censuses(task, log_folder, tmp_path / "scratch")

    bucket_of: dict[str, int] = {}
    places = []
    for bucket in range(4):
        with pa.memory_map(str(tmp_path / f"scratch/decisions-{bucket:05}.arrow")) as file:
            rows = pa.ipc.open_file(file).read_all()
        places += rows.column(POSITION).to_pylist()
        for name in rows.column("customer_id").to_pylist():
            assert bucket_of.setdefault(name, bucket) == bucket
    assert sorted(places) == list(range(3_600))
    assert len(bucket_of) == 600
    assert [census.bucket for census in censuses] == [0, 1, 2, 3]
    assert sum(census.decisions for census in censuses) == 3_600
    assert not any(census.rejects for census in censuses), "an outcome is where its decision is"
