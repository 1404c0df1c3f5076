"""Buckets on one machine, one after the other.

DuckDB runs the SQL once and streams each row into the file of its customer's bucket; then one bucket at a
time is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.config import TABLES
from training.data.load import open_tables
from training.shards.bucket import POSITION, Census, Plan, Task, build_features, take_census

_BATCH: Final = 100_000
_BUCKET: Final = "_bucket"
MEMORY: Final = "512MB"
"""What DuckDB may take; what it cannot hold it writes to disk."""


class OneMachine:
    """Works on the buckets in this process."""

    def censuses(self, task: Task, data: str, scratch: Path) -> list[Census]:
        """Split the tables, then check bucket after bucket."""
        _split(task, Path(data), scratch)
        return [take_census(task, bucket, _raw(scratch, bucket)) for bucket in range(task.buckets)]

    def features(self, task: Task, plan: Plan) -> None:
        """Rows and features of bucket after bucket."""
        for bucket in range(task.buckets):
            build_features(task, plan, bucket)

    def each(self, work: Callable[[int], bytes], buckets: int) -> list[bytes]:
        """One bucket after the other."""
        return [work(bucket) for bucket in range(buckets)]


def _raw(scratch: Path, bucket: int) -> dict[str, Any]:
    """A bucket's rows of each table, before they are checked."""
    paths = {name: scratch / f"{name}-{bucket:05}.arrow" for name in TABLES}
    found = {name: path for name, path in paths.items() if path.exists()}
    return {name: pa.ipc.open_file(pa.memory_map(str(path))).read_all() for name, path in found.items()}


def _split(task: Task, data: Path, scratch: Path) -> None:
    scratch.mkdir(parents=True, exist_ok=True)
    with open_tables(task.config, data, scratch / "duckdb", MEMORY) as tables:
        for name in tables.sql:
            reader = tables.stream(name, _with_bucket(name, tables.sql, task.buckets), _BATCH)
            _write(reader, [scratch / f"{name}-{bucket:05}.arrow" for bucket in range(task.buckets)])


def _with_bucket(name: str, sql: Mapping[str, str], buckets: int) -> str:
    """A table's SQL with the row's position and its customer's bucket; outcomes follow their decision."""
    of = f"hash(CAST(customer_id AS VARCHAR)) % {buckets}"
    numbered = f"SELECT *, row_number() OVER () - 1 AS {POSITION} FROM ({sql[name]})"  # noqa: S608 - the SQL is the user's own, in a locked database
    if name != "outcomes":
        return f"SELECT *, CAST({of} AS INTEGER) AS {_BUCKET} FROM ({numbered})"  # noqa: S608
    if "decisions" not in sql:
        return f"SELECT *, 0 AS {_BUCKET} FROM ({numbered})"  # noqa: S608
    owner = f"CAST(decision_id AS VARCHAR) AS _decision, min({of}) AS _of"
    owners = f"SELECT {owner} FROM ({sql['decisions']}) GROUP BY 1"  # noqa: S608
    return (
        f"SELECT o.*, CAST(coalesce(d._of, 0) AS INTEGER) AS {_BUCKET} FROM ({numbered}) AS o "  # noqa: S608
        f"LEFT JOIN ({owners}) AS d ON CAST(o.decision_id AS VARCHAR) = d._decision ORDER BY {POSITION}"
    )


def _write(reader: Any, paths: Sequence[Path]) -> None:
    """Each row into the file of its bucket, in order."""
    schema = pa.schema([field for field in reader.schema if field.name != _BUCKET])
    with ExitStack() as stack:
        writers = [stack.enter_context(pa.ipc.new_file(str(path), schema)) for path in paths]
        for batch in reader:
            for bucket, rows in _parts(pa.table(batch)):
                writers[bucket].write_table(rows.select(schema.names))


def _parts(table: Any) -> Iterator[tuple[int, Any]]:
    bucket = table.column(_BUCKET).to_numpy()
    order = np.argsort(bucket, kind="stable")
    ordered = table.take(pa.array(order)) if pc.sum(table.column(_BUCKET)).as_py() else table
    present, first = np.unique(bucket[order], return_index=True)
    ends = [*first[1:], len(bucket)]
    for number, begin, end in zip(present.tolist(), first.tolist(), ends, strict=True):
        yield number, ordered.slice(begin, end - begin)
