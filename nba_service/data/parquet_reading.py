"""Reads the rows of one table from Parquet.

They come in the form that the store holds them in. Times become milliseconds and JSON its canonical form;
what is wrong names the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Protocol

import orjson

from nba_service.data.parquet_writing import load_arrow
from nba_service.errors import TransferError
from nba_service.http.json_body import canonical_json
from nba_service.store.rows import LAST_DELIVERED


class Column(Protocol):
    """A column of Arrow."""

    @property
    def type(self) -> object: ...

    def cast(self, kind: object, safe: bool = True) -> Column: ...

    def to_pylist(self) -> list[object]: ...


Columns = dict[str, list[object]]


def read_rows(
    table: str, path: Path, columns: Mapping[str, str], required: Sequence[str], chunk: int
) -> Iterator[list[dict[str, object]]]:
    """The rows of a file, ``chunk`` at a time.

    Args:
        columns: name → ``string``, ``double`` or ``time``; one that the file lacks is None in every row.
        required: columns that the file must have, with a value in every row.

    Raises:
        TransferError: the file cannot be read, or has other columns, types or values.
    """
    arrow = load_arrow()
    try:
        file = arrow.parquet.ParquetFile(path)
        present = [name for name in columns if name in file.schema_arrow.names]
        _check_columns(path, columns, required, present)
        for batch in file.iter_batches(batch_size=chunk, columns=present):
            read: Columns = {
                name: _values(arrow, path, name, kind, batch.column(name))
                if name in batch.schema.names
                else [None] * batch.num_rows
                for name, kind in columns.items()
            }
            _check_required(path, read, required)
            stored = {**read, **_stored_form(table, path, read)}
            yield [dict(zip(stored, values, strict=True)) for values in zip(*stored.values(), strict=True)]
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


def _check_required(path: Path, columns: Columns, required: Sequence[str]) -> None:
    for name in required:
        if any(value is None or value == "" for value in columns[name]):
            raise TransferError(f"{path}: expected a {name} in every row, got rows without one.")


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


def _stored_form(table: str, path: Path, columns: Columns) -> Columns:
    """The columns that the store has in another form than the file, or in addition to it."""
    rows = len(next(iter(columns.values())))
    if table == "customers":
        return {
            "attributes": [_json(path, "attributes", text) or "{}" for text in columns["attributes"]],
            "consent": [_json(path, "consent", text) or "{}" for text in columns["consent"]],
            "updated_at": [0] * rows,
        }
    if table == "interactions":
        return {"properties": [_json(path, "properties", text) for text in columns["properties"]]}
    if table == "decisions":
        pairs = zip(columns["action"], columns["channel"], strict=True)
        nothing: Columns = {name: [None] * rows for name in ("request", "answer", "state")}
        return {
            **nothing,
            "context": [_json(path, "context", text) for text in columns["context"]],
            "candidates": _lists(path, "candidates", columns["candidates"]),
            "contacts": ["[]" if a == "nothing" else orjson.dumps([[a, c]]).decode() for a, c in pairs],
        }
    if table == "outcomes":
        attributions = columns["attribution"]
        return {"attribution": [LAST_DELIVERED if text == LAST_DELIVERED else None for text in attributions]}
    return {}


def _lists(path: Path, name: str, texts: Sequence[object]) -> list[object]:
    """Few distinct texts come many times; each is looked at once."""
    known = {text: _list(path, name, text) for text in set(texts)}
    return [known[text] for text in texts]


def _list(path: Path, name: str, text: object) -> str | None:
    if not isinstance(text, str) or not text:
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, list):
        raise TransferError(f"{path}: expected JSON lists in {name}, got something else.")
    return text


def _json(path: Path, name: str, text: object) -> str | None:
    if not isinstance(text, str) or text in ("", "{}"):
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise TransferError(f"{path}: expected JSON in {name}, got something else.") from None
    if not isinstance(value, dict):
        raise TransferError(f"{path}: expected JSON objects in {name}, got a {type(value).__name__}.")
    return canonical_json(value)
