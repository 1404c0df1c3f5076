"""The tables in and out of the store as Parquet.

The four that training reads, and which ids are one person. Knows Arrow's types of DESIGN section 4; needs
pyarrow, which comes with the extra ``train``. Both ways are idempotent: an export replaces its own files one
by one, an import leaves what is there as it is. Layout of an export: ``customers.parquet``, and
``interactions/2026-11.parquet`` by the month of a row's time; an import takes either form of each table.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from models.domain.history import from_ms
from nba_service.errors import TransferError
from nba_service.http.json_body import canonical_json
from nba_service.store.interface import Store
from nba_service.store.rows import LAST_DELIVERED
from nba_service.store.sql.tables import EXPORTED

CHUNK: Final = 10_000
MONTHS_OPEN: Final = 400

_TEXT, _NUMBER, _TIME = "string", "double", "time"
COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "customers": {
        "customer_id": _TEXT,
        "account_id": _TEXT,
        "attributes": _TEXT,
        "consent": _TEXT,
        "locale": _TEXT,
        "time_zone": _TEXT,
    },
    "interactions": {
        "interaction_id": _TEXT,
        "customer_id": _TEXT,
        "occurred_at": _TIME,
        "channel": _TEXT,
        "touchpoint": _TEXT,
        "action": _TEXT,
        "phase": _TEXT,
        "value": _NUMBER,
        "properties": _TEXT,
    },
    "decisions": {
        "decision_id": _TEXT,
        "customer_id": _TEXT,
        "decided_at": _TIME,
        "context": _TEXT,
        "action": _TEXT,
        "channel": _TEXT,
        "action_probability": _NUMBER,
        "candidates": _TEXT,
        "bundle": _TEXT,
        "policy": _TEXT,
        "arm": _TEXT,
        "delivered_at": _TIME,
        "deliver_by": _TIME,
    },
    "outcomes": {
        "outcome_id": _TEXT,
        "decision_id": _TEXT,
        "outcome": _TEXT,
        "value": _NUMBER,
        "occurred_at": _TIME,
        "attribution": _TEXT,
    },
    "aliases": {"alias": _TEXT, "customer_id": _TEXT, "merged_at": _TIME},
}
_MONTH_OF: Final = {"interactions": "occurred_at", "decisions": "decided_at", "outcomes": "occurred_at"}
_REQUIRED: Final = {
    "customers": ("customer_id",),
    "interactions": ("interaction_id", "customer_id", "occurred_at", "touchpoint"),
    "decisions": ("decision_id", "customer_id", "decided_at", "action"),
    "outcomes": ("outcome_id", "decision_id", "outcome", "occurred_at"),
    "aliases": ("alias", "customer_id", "merged_at"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What became of one table.

    ``conflicts``: rows whose id holds another content; the stored one stayed.
    """

    table: str
    rows: int
    new: int = 0
    conflicts: int = 0
    files: int = 0


Progress = Callable[[str, int], None]


def export_store(store: Store, folder: Path, progress: Progress = lambda _table, _rows: None) -> list[Moved]:
    """Write all tables below ``folder``.

    Raises:
        TransferError: pyarrow is missing, or the folder cannot be written.
    """
    arrow = _arrow()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        store.settle_outcomes()
        return [_export_table(arrow, store, table, folder, progress) for table in COLUMNS]
    except OSError as error:
        raise TransferError(f"{folder}: expected a folder to write to, got {error.strerror}.") from None


def import_folder(store: Store, folder: Path, progress: Progress = lambda _table, _rows: None) -> list[Moved]:
    """Read every table that ``folder`` has into the store; ids are kept, repeats are harmless.

    Raises:
        TransferError: no table is there, or one lacks a column, has another type, an empty id, or JSON that
            is none; names the file. Rows before the one that is wrong are in the store already.
    """
    _arrow()
    files = {table: _files_of(folder, table) for table in COLUMNS}
    if not any(files.values()):
        raise TransferError(
            f"{folder}: expected {', '.join(f'{table}.parquet' for table in COLUMNS)}, or folders of those"
            " names with Parquet files, got none of them. `nba export` writes them."
        )
    return [_import_table(store, table, paths, progress) for table, paths in files.items() if paths]


def _arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise TransferError(
            "Parquet needs pyarrow, which is not installed. Install it with: pip install 'nba[train]'"
        ) from None
    return pyarrow


def _schema(arrow: Any, table: str) -> Any:
    types = {_TEXT: arrow.string(), _NUMBER: arrow.float64(), _TIME: arrow.timestamp("ms", tz="UTC")}
    return arrow.schema(
        [
            arrow.field(name, types[kind], nullable=name not in _REQUIRED[table])
            for name, kind in COLUMNS[table].items()
        ]
    )


def _pages(store: Store, table: str) -> Iterator[Sequence[Mapping[str, object]]]:
    key = next(iter(EXPORTED[table].primary_key.columns)).name
    after = ""
    while page := store.scan(table, after, CHUNK):
        yield page
        after = str(page[-1][key])


def _export_table(arrow: Any, store: Store, table: str, folder: Path, progress: Progress) -> Moved:
    schema = _schema(arrow, table)
    rows = 0
    with contextlib.ExitStack() as stack:
        writers = _Writers(arrow, schema, folder, table, stack)
        for page in map(_exported_form(table), _pages(store, table)):
            for target, part in _by_target(table, page).items():
                columns = {name: [row[name] for row in part] for name in COLUMNS[table]}
                writers.of(target).write_table(arrow.table(columns, schema=schema))
            rows += len(page)
            progress(table, len(page))
        if not rows:
            writers.of(_file_of(table, None))
    writers.publish()
    return Moved(table=table, rows=rows, files=len(writers.targets))


def _exported_form(table: str) -> Callable[[Sequence[Mapping[str, object]]], Sequence[Mapping[str, object]]]:
    """How the rows of a page leave the store."""
    if table != "outcomes":
        return lambda rows: rows
    return lambda rows: [{**row, "attribution": row["attribution"] or "decision_id"} for row in rows]


class _Writers:
    """One open Parquet file per month; they take their names when all are written."""

    def __init__(
        self, arrow: Any, schema: Any, folder: Path, table: str, stack: contextlib.ExitStack
    ) -> None:
        self._arrow, self._schema, self._folder, self._table, self._stack = (
            arrow,
            schema,
            folder,
            table,
            stack,
        )
        self._open: dict[str, object] = {}

    @property
    def targets(self) -> list[str]:
        return list(self._open)

    def of(self, target: str) -> Any:
        if target not in self._open:
            if len(self._open) >= MONTHS_OPEN:
                raise TransferError(
                    f"{self._table}: expected rows of at most {MONTHS_OPEN} months, got more."
                    " Look for times that are wrong."
                )
            path = self._partial(target)
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = self._arrow.parquet.ParquetWriter(path, self._schema, compression="zstd")
            self._open[target] = self._stack.enter_context(writer)
        return self._open[target]

    def publish(self) -> None:
        """Put the written files in place, and take files of an earlier export away that are no more."""
        for target in self._open:
            self._partial(target).replace(self._folder / target)
        folder = self._folder / self._table
        for path in [*folder.glob("*.parquet"), self._folder / f"{self._table}.parquet"]:
            if path.is_file() and path.relative_to(self._folder).as_posix() not in self._open:
                path.unlink()

    def _partial(self, target: str) -> Path:
        path = self._folder / target
        return path.with_name(f".{path.name}.partial")


def _by_target(table: str, page: Sequence[Mapping[str, object]]) -> dict[str, list[Mapping[str, object]]]:
    parts: dict[str, list[Mapping[str, object]]] = {}
    for row in page:
        parts.setdefault(_file_of(table, row), []).append(row)
    return parts


def _file_of(table: str, row: Mapping[str, Any] | None) -> str:
    if table not in _MONTH_OF or row is None:
        return f"{table}.parquet"
    return f"{table}/{from_ms(row[_MONTH_OF[table]]):%Y-%m}.parquet"


def _files_of(folder: Path, table: str) -> list[Path]:
    single = folder / f"{table}.parquet"
    return ([single] if single.is_file() else []) + sorted((folder / table).glob("**/*.parquet"))


def _import_table(store: Store, table: str, paths: Sequence[Path], progress: Progress) -> Moved:
    rows = new = conflicts = 0
    for path in paths:
        for batch in _batches(table, path):
            written = store.load(table, batch)
            rows, new = rows + len(batch), new + written.new
            conflicts += len(written.conflicts)
            progress(table, len(batch))
    return Moved(table=table, rows=rows, new=new, conflicts=conflicts, files=len(paths))


def _batches(table: str, path: Path) -> Iterator[list[dict[str, object]]]:
    arrow = _arrow()
    try:
        file = arrow.parquet.ParquetFile(path)
        wanted = [name for name in COLUMNS[table] if name in file.schema_arrow.names]
        _check_columns(table, path, wanted)
        for batch in file.iter_batches(batch_size=CHUNK, columns=wanted):
            columns = _columns(arrow, table, path, batch)
            yield [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    except (arrow.ArrowException, OSError) as error:
        raise TransferError(
            f"{path}: expected a Parquet file, got one that cannot be read: {error}"
        ) from None


def _check_columns(table: str, path: Path, found: Sequence[str]) -> None:
    missing = [name for name in _REQUIRED[table] if name not in found]
    if missing:
        raise TransferError(
            f"{path}: expected the columns {', '.join(COLUMNS[table])}, got none called"
            f" {', '.join(missing)}. docs/glossary.md describes the four tables."
        )


def _columns(arrow: Any, table: str, path: Path, batch: Any) -> dict[str, list[Any]]:
    """Columns as the store holds them: times in milliseconds, JSON in its canonical form."""
    columns: dict[str, list[object]] = {}
    for name, kind in COLUMNS[table].items():
        if name in batch.schema.names:
            columns[name] = _values(arrow, path, name, kind, batch.column(name))
        else:
            columns[name] = [None] * batch.num_rows
    for name in _REQUIRED[table]:
        if any(value is None or value == "" for value in columns[name]):
            raise TransferError(f"{path}: expected a {name} in every row, got rows without one.")
    return {**columns, **_stored_form(table, path, columns)}


def _values(arrow: Any, path: Path, name: str, kind: str, column: Any) -> list[Any]:
    try:
        if kind == _TIME:
            if getattr(column.type, "tz", None) is None:
                raise TransferError(f"{path}: expected times with a time zone in {name}, got {column.type}.")
            exact = column.cast(arrow.timestamp("ms", tz="UTC"), safe=False)
            return list(exact.cast(arrow.int64()).to_pylist())
        return list(column.cast(arrow.float64() if kind == _NUMBER else arrow.string()).to_pylist())
    except arrow.ArrowException:
        raise TransferError(f"{path}: expected {kind} in {name}, got {column.type}.") from None


def _stored_form(table: str, path: Path, columns: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
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
        nothing: dict[str, list[object]] = {name: [None] * rows for name in ("request", "answer", "state")}
        return {
            **nothing,
            "context": [_json(path, "context", text) for text in columns["context"]],
            "candidates": _lists(path, "candidates", columns["candidates"]),
            "contacts": ["[]" if a == "nothing" else orjson.dumps([[a, c]]).decode() for a, c in pairs],
        }
    if table == "outcomes":
        told = columns["attribution"]
        return {"attribution": [LAST_DELIVERED if text == LAST_DELIVERED else None for text in told]}
    return {}


def _lists(path: Path, name: str, texts: Sequence[str | None]) -> list[str | None]:
    """Few distinct texts come many times; each is looked at once."""
    known = {text: _list(path, name, text) for text in set(texts)}
    return [known[text] for text in texts]


def _list(path: Path, name: str, text: str | None) -> str | None:
    if not text:
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, list):
        raise TransferError(f"{path}: expected JSON lists in {name}, got something else.")
    return text


def _json(path: Path, name: str, text: str | None) -> str | None:
    if not text or text == "{}":
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise TransferError(f"{path}: expected JSON in {name}, got something else.") from None
    if not isinstance(value, dict):
        raise TransferError(f"{path}: expected JSON objects in {name}, got a {type(value).__name__}.")
    return canonical_json(value)
