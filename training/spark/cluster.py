"""Buckets of customers on a Spark cluster.

One group of Spark is one bucket of many customers; what is done with it is what one machine does. Tasks write
whole files and may run again at any time.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from training.config import TABLES
from training.shards.bucket import Census, Plan, Task, build_features, take_census
from training.spark.sources import BUCKET, read_rows, read_table, rows_of


class Cluster:
    """Works on buckets in a Spark session."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def censuses(self, task: Task, data: str, scratch: Path) -> list[Census]:
        """Tables by Spark's SQL, then one task a bucket."""
        self._session.conf.set("spark.sql.shuffle.partitions", task.buckets)
        accounts = task.journey().accounts is not None
        rows = read_rows(self._session, task.config, data, task.buckets, accounts=accounts)

        def check(table: pa.Table) -> pa.Table:
            bucket = table.column(BUCKET)[0].as_py()
            raw = {name: rows_of(table, name) for name in TABLES if _has(table, name)}
            return _told([pickle.dumps(take_census(task, bucket, raw))])

        done = rows.groupBy(BUCKET).applyInArrow(check, "told binary").collect()
        found = [pickle.loads(bytes(row[0])) for row in done]  # noqa: S301 - made by our own tasks
        by_bucket: dict[int, Census] = {census.bucket: census for census in found}
        for bucket in range(task.buckets):  # a bucket without a row has no task
            if bucket not in by_bucket:
                by_bucket[bucket] = take_census(task, bucket, {})
        return [by_bucket[bucket] for bucket in range(task.buckets)]

    def features(self, task: Task, plan: Plan) -> None:
        """One task a bucket."""

        def build(bucket: int) -> bytes:
            return str(build_features(task, plan, bucket)).encode()

        self.each(build, task.buckets)

    def table(self, data: str, name: str) -> Any:
        """By Spark, so that it may lie wherever the others do."""
        return read_table(self._session, data, name)

    def each(self, work: Callable[[int], bytes], buckets: int) -> list[bytes]:
        """One task a bucket; what it tells is small."""

        def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                numbers = batch.column(0).to_pylist()
                told = pa.array([work(bucket) for bucket in numbers], pa.binary())
                yield pa.record_batch({"bucket": pa.array(numbers, pa.int64()), "told": told})

        numbers = self._session.range(0, buckets, 1, buckets)
        rows = numbers.mapInArrow(run, "bucket long, told binary").collect()
        return [bytes(told) for _, told in sorted((row["bucket"], row["told"]) for row in rows)]


def _has(table: pa.Table, name: str) -> bool:
    return any(column.startswith(f"{name}:") for column in table.column_names)


def _told(values: list[bytes]) -> pa.Table:
    return pa.table({"told": pa.array(values, pa.binary())})
