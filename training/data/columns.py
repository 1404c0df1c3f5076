"""Columns of the SQL become columns of the four tables.

Types, zones, finite numbers. Knows Arrow types; knows nothing of journeys. A column that has the wrong type
as a whole stops training, with the change to make in the SQL; a wrong value in a good column is a reject of
its row.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.errors import TrainingDataError
from training.data.read_texts import Unread, clock_change, read_instants, read_numbers
from training.data.rejects import Checks
from training.data.tables import REWARD, SCHEMAS

_IDS = frozenset({"customer_id", "account_id", "interaction_id", "decision_id", "outcome_id"})


def to_schema(name: str, raw: Any, time_zone: str | None, unread: list[Unread] | None = None) -> Any:
    """The table with the columns of its schema, in order; missing optional columns are null.

    Args:
        unread: gets the rows whose texts cannot be read as numbers or times; without it one is an error.

    Raises:
        TrainingDataError: a required column is missing or a column's type cannot be read.
    """
    columns = []
    for column in SCHEMAS[name]:
        if column.name in raw.column_names:
            columns.append(_cast(name, column, raw.column(column.name), time_zone, unread))
        elif column.nullable:
            columns.append(pa.nulls(raw.num_rows, column.type))
        else:
            raise TrainingDataError(
                f"table {name!r}: expected a column {column.name!r}, got {', '.join(raw.column_names)}; "
                "add it to the SQL"
            )
    nullable = pa.schema([pa.field(f.name, f.type) for f in SCHEMAS[name]])
    return pa.table(columns, schema=nullable)


def unknown_columns(name: str, raw: Any) -> list[str]:
    """Columns of the SQL that no table has; they are not used, and the report says so."""
    known = set(SCHEMAS[name].names) | ({REWARD} if name == "decisions" else set())
    return [column for column in raw.column_names if column not in known]


def _cast(table: str, column: Any, values: Any, time_zone: str | None, unread: list[Unread] | None) -> Any:
    where = f"table {table!r}, column {column.name!r}"
    if unread is not None and pa.types.is_string(values.type) and not pa.types.is_string(column.type):
        return _read(where, column, values, time_zone, unread)
    if column.name in _IDS and (pa.types.is_floating(values.type) or pa.types.is_decimal(values.type)):
        raise TrainingDataError(
            f"{where}: expected ids as texts or whole numbers, got {values.type}, which may lose digits; "
            "state `types: {column: VARCHAR}` of its source"
        )
    if pa.types.is_timestamp(column.type):
        return _instants(where, column, values, time_zone, unread)
    if pa.types.is_string(column.type) and (
        pa.types.is_nested(values.type) or pa.types.is_dictionary(values.type)
    ):
        return _as_text(values, column.type)
    try:
        return pc.cast(exact(values), column.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise TrainingDataError(
            f"{where}: expected {column.type}, got {values.type} ({error}); cast it in the SQL"
        ) from error


def _read(where: str, column: Any, values: Any, time_zone: str | None, unread: list[Unread]) -> Any:
    """A column of texts, read row by row; if none of them can be read it is the column that is wrong."""
    if pa.types.is_timestamp(column.type):
        found, wrong = read_instants(column.name, values, column.type, time_zone)
    else:
        found, wrong = read_numbers(column.name, values)
    if len(values) and wrong.rows.sum() == len(values) - values.null_count > 0:
        raise TrainingDataError(f"{where}: {wrong.reason(int(np.flatnonzero(wrong.rows)[0]))}")
    unread.append(wrong)
    return found


def exact(values: Any) -> Any:
    """Decimals as texts, which become the nearest fraction; Arrow's own cast misses by a bit (19.99)."""
    return pc.cast(values, pa.string()) if pa.types.is_decimal(values.type) else values


def _as_text(values: Any, kind: Any) -> Any:
    if pa.types.is_dictionary(values.type):
        return pc.cast(values, kind)
    return pa.array(
        [None if value is None else json.dumps(_plain(value), default=str) for value in values.to_pylist()],
        kind,
    )


def _plain(value: Any) -> Any:
    """A DuckDB MAP arrives as a list of pairs."""
    if isinstance(value, list) and all(isinstance(item, tuple) and len(item) == 2 for item in value):
        return dict(value)
    return value


def _instants(
    where: str, column: Any, values: Any, time_zone: str | None, unread: list[Unread] | None
) -> Any:
    kind = column.type
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), kind)
    if pa.types.is_date(values.type):
        values = pc.cast(values, pa.timestamp("ms"))
    if not pa.types.is_timestamp(values.type):
        raise TrainingDataError(
            f"{where}: expected an instant, got {values.type}; "
            "cast it in the SQL, as in CAST(x AS TIMESTAMPTZ)"
        )
    if values.type.tz is None:
        if time_zone is None:
            raise TrainingDataError(
                f"{where}: expected instants with a time zone, got times without one; convert them "
                "in the SQL (x AT TIME ZONE 'Europe/Vienna'), or state `time_zone:` in training.yaml"
            )
        values, wrong = _in_zone(column.name, values, time_zone)
        if unread is not None:
            unread.append(wrong)
    return pc.cast(values, kind, safe=False)


def _in_zone(column: str, values: Any, time_zone: str) -> tuple[Any, Unread]:
    """Times of a zone as instants; those that its clocks show twice, or never, are null and unread."""
    early, late = (
        pc.assume_timezone(values, time_zone, ambiguous=either, nonexistent=either)
        for either in ("earliest", "latest")
    )
    once = pc.equal(early, late)
    rows = np.asarray(pc.fill_null(pc.invert(once), False))
    return (
        pc.if_else(once, early, pa.scalar(None, early.type)),
        Unread(column, rows.astype(bool), lambda row: clock_change(values[row].as_py(), time_zone)),
    )


def check_required(checks: Checks, name: str, table: Any) -> None:
    """Reject rows without a value, or with an empty text, where the table needs one."""
    for column in SCHEMAS[name]:
        if column.nullable:
            continue
        values = table.column(column.name)
        missing = values.is_null()
        if pa.types.is_string(column.type):
            missing = pc.or_(missing, pc.fill_null(pc.equal(pc.utf8_trim_whitespace(values), ""), True))
        checks.refuse(mask(missing), column.name, "expected a value, got nothing")


def check_repeats(checks: Checks, table: Any, column: str) -> None:
    """Reject rows whose id came before: the first is kept."""
    codes = table.column(column).combine_chunks().dictionary_encode().indices
    first = np.zeros(len(codes), dtype=bool)
    present = mask(codes.is_valid())
    _, positions = np.unique(pc.fill_null(codes, -1).to_numpy(zero_copy_only=False), return_index=True)
    first[positions] = True
    checks.refuse(present & ~first, column, "expected an id once, got it again; the first row is kept")


def check_finite(checks: Checks, table: Any, column: str) -> None:
    """Reject NaN and infinite numbers; nothing at all is fine."""
    values = pc.fill_null(table.column(column), 0.0).to_numpy()
    checks.refuse(~np.isfinite(values), column, "expected a finite number, got NaN or infinity")


def mask(values: Any) -> Any:
    """An Arrow boolean column as a NumPy mask; null is False."""
    return pc.fill_null(values, False).to_numpy(zero_copy_only=False).astype(bool)
