"""Reads the rows of one table from Parquet.

They come in the form that the store holds them in, times in milliseconds. What is wrong with a file names it;
what is wrong with a row is for ``row_checks.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Protocol

import orjson

from nba_service.data.newest_attributes import newest_rows
from nba_service.data.parquet_writing import load_arrow
from nba_service.data.row_checks import Columns, RowChecks
from nba_service.errors import TransferError
from nba_service.store.rows import LAST_DELIVERED


class Column(Protocol):
    """A column of Arrow."""

    @property
    def type(self) -> object: ...

    def cast(self, kind: object, safe: bool = True) -> Column: ...

    def to_pylist(self) -> list[object]: ...


def read_rows(
    table: str, path: Path, checks: RowChecks, chunk: int, now_ms: int
) -> Iterator[list[dict[str, object]]]:
    """The usable rows of a file, ``chunk`` at a time; of customers those that hold at ``now_ms``.

    A column that the file lacks is None in every row.

    Raises:
        TransferError: the file cannot be read, or has other columns or types.
    """
    arrow = load_arrow()
    columns, first = checks.columns, 1
    try:
        file = arrow.parquet.ParquetFile(path)
        present = [name for name in columns if name in file.schema_arrow.names]
        _check_columns(path, columns, checks.required, present)
        newest = newest_rows(arrow, path, now_ms) if table == "customers" else None
        for batch in file.iter_batches(batch_size=chunk, columns=present):
            read: Columns = {
                name: _values(arrow, path, name, kind, batch.column(name))
                if name in batch.schema.names
                else [None] * batch.num_rows
                for name, kind in columns.items()
            }
            holding = None
            if newest is not None:
                holding = [at for at in range(batch.num_rows) if first - 1 + at in newest]
                read["attributes"] = [newest.get(first - 1 + at) for at in range(batch.num_rows)]
            cleaned, usable = checks.usable(path.name, first, read, holding)
            first += batch.num_rows
            yield _rows(_stored_form(table, cleaned), usable, batch.num_rows)
    except (arrow.ArrowException, OSError) as error:
        raise TransferError(
            f"{path}: expected a Parquet file, got one that cannot be read: {error}"
        ) from None


def _check_columns(
    path: Path, columns: Mapping[str, str], required: Sequence[str], present: Sequence[str]
) -> None:
    missing = [name for name in required if name not in present]
    if missing:
        raise TransferError(
            f"{path}: expected the columns {', '.join(columns)}, got none called"
            f" {', '.join(missing)}. docs/glossary.md describes the four tables."
        )


def _values(arrow: ModuleType, path: Path, name: str, kind: str, column: Column) -> list[object]:
    try:
        if kind == "time":
            if getattr(column.type, "tz", None) is None:
                raise TransferError(f"{path}: expected times with a time zone in {name}, got {column.type}.")
            exact = column.cast(arrow.timestamp("ms", tz="UTC"), safe=False)
            return exact.cast(arrow.int64()).to_pylist()
        return column.cast(arrow.float64() if kind == "double" else arrow.string()).to_pylist()
    except arrow.ArrowException:
        raise TransferError(f"{path}: expected {kind} in {name}, got {column.type}.") from None


def _rows(columns: Columns, usable: Sequence[int], count: int) -> list[dict[str, object]]:
    names = list(columns)
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return rows if len(usable) == count else [rows[at] for at in usable]


def _stored_form(table: str, columns: Columns) -> Columns:
    """With what the store has in another form than the file, or in addition to it."""
    count = len(next(iter(columns.values())))
    if table == "customers":
        objects: Columns = {
            name: [text or "{}" for text in columns[name]] for name in ("attributes", "consent")
        }
        return {**columns, **objects, "updated_at": [0] * count}
    if table == "decisions":
        nothing: Columns = {name: [None] * count for name in ("request", "answer", "state")}
        pairs = list(zip(columns["action"], columns["channel"], strict=True))
        contacts = {pair: _contact(*pair) for pair in set(pairs)}
        return {
            **columns,
            **nothing,
            "candidates": [text or None for text in columns["candidates"]],
            "contacts": [contacts[pair] for pair in pairs],
        }
    if table == "outcomes":
        known: list[object] = [text if text == LAST_DELIVERED else None for text in columns["attribution"]]
        return {**columns, "attribution": known}
    return columns


def _contact(action: object, channel: object) -> str:
    return "[]" if action == "nothing" else orjson.dumps([[action, channel]]).decode()
