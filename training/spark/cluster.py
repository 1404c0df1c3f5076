"""Buckets of customers on a Spark cluster.

One task of Spark is one bucket of many customers; what is done with it is what one machine does. Tasks write
whole files and may run again at any time.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from training.shards.bucket import Census, Plan, Task, build_features, take_census
from training.spark.exchange import Exchange, Piece, pieces_of
from training.spark.sources import BUCKET, ID_HASH, read_rows, read_table, refuse_repeats


class Cluster:
    """Works on buckets in a Spark session."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def censuses(self, task: Task, data: str, scratch: Path) -> list[Census]:
        """Tables by Spark's SQL, then one task a bucket."""
        self._session.conf.set("spark.sql.shuffle.partitions", task.buckets)
        accounts = task.journey().accounts is not None
        tables = read_rows(self._session, task.config, data, task.buckets, accounts=accounts)
        exchange = Exchange(task.work, task.buckets)
        pieces = pieces_of(
            bytes(row[0])
            for name, table in tables.items()
            for row in table.mapInArrow(exchange.sender(name), "told binary").collect()
        )
        of_bucket: list[list[Piece]] = [[] for _ in range(task.buckets)]
        for piece in pieces:
            of_bucket[piece.bucket].append(piece)
        empty = {name: _columns_of(table) for name, table in tables.items()}

        def check(bucket: int) -> bytes:
            own = of_bucket[bucket]
            census = take_census(task, bucket, exchange.rows(own, empty))
            return pickle.dumps((census, exchange.repeated(own)))

        told = self.each(check, task.buckets)
        found = [pickle.loads(each) for each in told]  # noqa: S301 - made by our own tasks
        refuse_repeats(tables, sorted({name for _, repeated in found for name in repeated}))
        exchange.delete(pieces)
        return [census for census, _ in found]

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


def _columns_of(table: Any) -> pa.Schema:
    """Of a data frame without what was added to it, as tasks are handed them."""
    from pyspark.sql.pandas.types import to_arrow_schema

    bare = table.drop(BUCKET, ID_HASH)
    schema: pa.Schema = to_arrow_schema(bare.schema, timezone="UTC")
    return schema
