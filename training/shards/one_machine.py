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
import pyarrow.parquet as pq

from training.config import TABLES
from training.data.load import OpenTables, open_tables
from training.shards.bucket import (
    POSITION,
    Census,
    Plan,
    Task,
    build_features,
    moved_between_accounts,
    take_census,
)

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

    def table(self, data: str, name: str) -> Any:
        """By its only file."""
        path = Path(data) / f"{name}.parquet"
        return pq.read_table(path) if path.is_file() else None

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
        by_account = task.journey().accounts is not None and "account_id" in tables.columns("customers")
        if by_account:
            _refuse_moves(tables)
        for name in tables.sql:
            reader = tables.stream(name, _with_bucket(name, tables.sql, task.buckets, by_account), _BATCH)
            _write(reader, [scratch / f"{name}-{bucket:05}.arrow" for bucket in range(task.buckets)])


def _with_bucket(name: str, sql: Mapping[str, str], buckets: int, by_account: bool) -> str:
    """A table's SQL with the row's position and its bucket; outcomes follow their decision."""
    numbered = f"SELECT *, row_number() OVER () - 1 AS {POSITION} FROM ({sql[name]})"  # noqa: S608 - the SQL is the user's own, in a locked database
    accounts = _accounts(sql["customers"]) if by_account else None
    if name != "outcomes":
        return _bucketed(numbered, buckets, accounts) + (f" ORDER BY {POSITION}" if by_account else "")
    if "decisions" not in sql:
        return f"SELECT *, 0 AS {_BUCKET} FROM ({numbered})"  # noqa: S608
    owner = f"CAST(decision_id AS VARCHAR) AS _decision, min({_BUCKET}) AS _of"
    owners = f"SELECT {owner} FROM ({_bucketed(sql['decisions'], buckets, accounts)}) GROUP BY 1"  # noqa: S608
    return (
        f"SELECT o.*, CAST(coalesce(d._of, 0) AS INTEGER) AS {_BUCKET} FROM ({numbered}) AS o "  # noqa: S608
        f"LEFT JOIN ({owners}) AS d ON CAST(o.decision_id AS VARCHAR) = d._decision ORDER BY {POSITION}"
    )


def _bucketed(rows: str, buckets: int, accounts: str | None) -> str:
    """Rows with the bucket of their customer, or of the account that the customer is in."""
    key, joined = "CAST(t.customer_id AS VARCHAR)", ""
    if accounts is not None:
        joined = f" LEFT JOIN ({accounts}) AS a ON {key} = a._customer"
        key = f"coalesce(a._account, {key})"
    return f"SELECT t.*, CAST(hash({key}) % {buckets} AS INTEGER) AS {_BUCKET} FROM ({rows}) AS t{joined}"  # noqa: S608


def _accounts(customers: str) -> str:
    """Each customer's account."""
    account = "max(CAST(account_id AS VARCHAR)) AS _account"
    return f"SELECT CAST(customer_id AS VARCHAR) AS _customer, {account} FROM ({customers}) GROUP BY 1"  # noqa: S608


def _refuse_moves(tables: OpenTables) -> None:
    """
    Raises:
        TrainingDataError: a customer was in several accounts, so that no bucket has all people of both.
    """
    account, customer = "CAST(account_id AS VARCHAR)", "CAST(customer_id AS VARCHAR)"
    moved = (
        f"SELECT {customer} FROM ({tables.sql['customers']}) GROUP BY 1 HAVING count(DISTINCT {account}) > 1"  # noqa: S608
    )
    for batch in tables.stream("customers", f"{moved} ORDER BY 1 LIMIT 1", 1):
        for found in batch.column(0).to_pylist():
            raise moved_between_accounts(found)


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
