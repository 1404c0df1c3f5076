"""The tables in and out of the store as Parquet.

The four that training reads, and which ids are one person. Knows Arrow's types of DESIGN section 4; needs
pyarrow, which comes with the extra ``train``. Both ways are idempotent: an export replaces its own files one
by one, an import leaves what is there as it is. Layout of an export: ``customers.parquet``, and
``interactions/2026-11.parquet`` by the month of a row's time; an import takes either form of each table.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.domain.consent import current
from models.domain.history import from_ms
from models.domain.journey import Attribute
from nba_service.data.availability_table import TABLE as AVAILABILITY
from nba_service.data.availability_table import export_availability
from nba_service.data.parquet_reading import read_rows
from nba_service.data.parquet_writing import ParquetFiles, load_arrow
from nba_service.data.row_checks import RowChecks, RowProblem
from nba_service.data.table_files import table_files
from nba_service.errors import TransferError
from nba_service.http.json_body import canonical_json
from nba_service.store.interface import Store
from nba_service.store.sql.row_codec import read_ledger
from nba_service.store.sql.tables import EXPORTED

CHUNK: Final = 10_000

_TEXT, _NUMBER, _TIME = "string", "double", "time"
COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "consents": {  # first: what customers.parquet says of consents has no time, and fills gaps only
        "customer_id": _TEXT,
        "flag": _TEXT,
        "granted_at": _TIME,
        "granted_arrived_at": _TIME,
        "granted_by": _TEXT,
        "refused_at": _TIME,
        "refused_arrived_at": _TIME,
        "refused_by": _TEXT,
    },
    "customers": {
        "customer_id": _TEXT,
        "account_id": _TEXT,
        "role": _TEXT,
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
        "variant": _TEXT,
        "variant_probability": _NUMBER,
    },
    "outcomes": {
        "outcome_id": _TEXT,
        "decision_id": _TEXT,
        "outcome": _TEXT,
        "value": _NUMBER,
        "occurred_at": _TIME,
        "attribution": _TEXT,
        "properties": _TEXT,
    },
    "accounts": {"account_id": _TEXT, "attributes": _TEXT},
    "aliases": {"alias": _TEXT, "customer_id": _TEXT, "merged_at": _TIME},
}
EXPORT_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    **COLUMNS,
    "customers": {**COLUMNS["customers"], "account_attributes": _TEXT},
}
"""Those of an export: with what training looks for in one table and an import in another."""
_MONTH_OF: Final = {"interactions": "occurred_at", "decisions": "decided_at", "outcomes": "occurred_at"}
_REQUIRED: Final = {
    "consents": ("customer_id", "flag"),
    "customers": ("customer_id",),
    "interactions": ("interaction_id", "customer_id", "occurred_at", "touchpoint"),
    "decisions": ("decision_id", "customer_id", "decided_at", "action"),
    "outcomes": ("outcome_id", "decision_id", "outcome", "occurred_at"),
    "accounts": ("account_id",),
    "aliases": ("alias", "customer_id", "merged_at"),
}


_NONE: Final[Mapping[str, Sequence[str]]] = {}
_UNTYPED: Final[Mapping[str, Mapping[str, Attribute]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What became of one table.

    ``conflicts``: rows whose id holds another content; the stored one stayed. ``left_out``: rows that cannot
    be imported; ``problems`` names them, and values of others that are not. ``erased``: rows of before
    somebody's erasure, left out, too.
    """

    table: str
    rows: int
    new: int = 0
    conflicts: int = 0
    files: int = 0
    left_out: int = 0
    erased: int = 0
    problems: tuple[RowProblem, ...] = ()


Progress = Callable[[str, int], None]


def export_store(store: Store, folder: Path, progress: Progress = lambda _table, _rows: None) -> list[Moved]:
    """Write all tables below ``folder``.

    Raises:
        TransferError: pyarrow is missing, or the folder cannot be written.
    """
    load_arrow()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        store.settle_outcomes()
        moved = [_export_table(store, table, folder, progress) for table in COLUMNS]
        rows = export_availability(store, folder)
        return moved if rows is None else [*moved, Moved(table=AVAILABILITY, rows=rows, files=1)]
    except OSError as error:
        raise TransferError(f"{folder}: expected a folder to write to, got {error.strerror}.") from None


def import_folder(
    store: Store,
    folder: Path,
    progress: Progress = lambda _table, _rows: None,
    attributes: Mapping[str, Attribute] | None = None,
    withdraws: Mapping[str, Sequence[str]] = _NONE,
    properties: Mapping[str, Mapping[str, Attribute]] = _UNTYPED,
    account_attributes: Mapping[str, Attribute] | None = None,
) -> list[Moved]:
    """Read every table that ``folder`` has into the store; ids are kept, repeats are harmless.

    A row that cannot be imported costs itself alone.

    Args:
        attributes: of the journey file, by name; None: those of customers are not checked.
        withdraws: touchpoint or outcome → the consents that customers take back by it; empty: not known.
        properties: touchpoint or outcome → what it tells, typed.
        account_attributes: as ``attributes``, of accounts.

    Raises:
        TransferError: no table is there, or one lacks a column or has another type; names the file.
    """
    load_arrow()
    files, now_ms = table_files(folder, COLUMNS).read, int(time.time() * 1000)
    declared = {"accounts": account_attributes}
    moved = [
        _import_table(
            store,
            table,
            paths,
            progress,
            RowChecks(COLUMNS[table], _REQUIRED[table], declared.get(table, attributes), properties),
            now_ms,
        )
        for table, paths in files.items()
        if paths
    ]
    store.record_withdrawals(withdraws, now_ms)
    make_states(store)
    return moved


def _pages(store: Store, table: str) -> Iterator[Sequence[Mapping[str, object]]]:
    key = next(iter(EXPORTED[table].primary_key.columns)).name
    after = ""
    while page := store.scan(table, after, CHUNK):
        yield page
        after = str(page[-1][key])


def _export_table(store: Store, table: str, folder: Path, progress: Progress) -> Moved:
    rows = 0
    with contextlib.ExitStack() as stack:
        files = ParquetFiles(folder, table, EXPORT_COLUMNS[table], _REQUIRED[table], stack)
        for page in map(_exported_form(table), _pages(store, table)):
            for target, part in _by_target(table, page).items():
                files.write(target, part)
            rows += len(page)
            progress(table, len(page))
        if not rows:
            files.write(_file_of(table, None), [])
    files.publish()
    return Moved(table=table, rows=rows, files=len(files))


def _exported_form(table: str) -> Callable[[Sequence[Mapping[str, Any]]], Sequence[Mapping[str, object]]]:
    """How the rows of a page leave the store."""
    if table == "customers":
        return lambda rows: [
            {**row, "consent": canonical_json(current(read_ledger(row["ledger"])))} for row in rows
        ]
    if table == "consents":
        return lambda rows: [consent for row in rows for consent in _consents(row)]
    if table == "outcomes":
        return lambda rows: [{**row, "attribution": row["attribution"] or "decision_id"} for row in rows]
    return lambda rows: rows


def _consents(row: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """A row for each flag of a ledger."""
    for flag, standing in read_ledger(row["ledger"]).items():
        consent: dict[str, object] = {"customer_id": row["customer_id"], "flag": flag}
        for name, statement in zip(("granted", "refused"), standing, strict=True):
            columns = (f"{name}_at", f"{name}_arrived_at", f"{name}_by")
            consent.update(zip(columns, statement[:3] if statement else (None, None, None), strict=True))
        yield consent


def make_states(store: Store, *, all_people: bool = False) -> int:
    """Make all kept states that are behind, or all and compare; how many were not what they are now."""
    made, after = 0, ""
    while True:
        portion, then = store.make_states(after, all_people=all_people)
        made += portion
        if then is None:
            return made
        after = then


def _by_target(table: str, page: Sequence[Mapping[str, object]]) -> dict[str, list[Mapping[str, object]]]:
    parts: dict[str, list[Mapping[str, object]]] = {}
    for row in page:
        parts.setdefault(_file_of(table, row), []).append(row)
    return parts


def _file_of(table: str, row: Mapping[str, Any] | None) -> str:
    if table not in _MONTH_OF or row is None:
        return f"{table}.parquet"
    return f"{table}/{from_ms(row[_MONTH_OF[table]]):%Y-%m}.parquet"


def _import_table(
    store: Store, table: str, paths: Sequence[Path], progress: Progress, checks: RowChecks, now_ms: int
) -> Moved:
    rows = new = conflicts = erased = 0
    for path in paths:
        for batch in read_rows(table, path, checks, CHUNK, now_ms):
            written = store.load(table, batch)
            rows, new = rows + len(batch), new + written.new
            conflicts += len(written.conflicts)
            erased += written.erased
            progress(table, len(batch))
    left_out = sum(problem.left_out for problem in checks.problems)
    return Moved(
        table=table,
        rows=rows + left_out,
        new=new,
        conflicts=conflicts,
        files=len(paths),
        left_out=left_out + erased,
        erased=erased,
        problems=tuple(checks.problems),
    )
