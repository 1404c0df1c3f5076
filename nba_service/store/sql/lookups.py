"""Small reads that several modules of the store need.

Every function runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.tables import IDS, TIME_OF

_CHUNK: Final = 500  # ids per IN (...): below SQLite's oldest limit of 999 variables


@cache
def key_of(table: sa.Table) -> str:
    """The name of the column with the id."""
    return next(iter(table.primary_key.columns)).name


def chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def present(connection: Connection, table: sa.Table, ids: Sequence[str]) -> dict[str, Mapping[str, object]]:
    """The rows that are there, by id."""
    key = key_of(table)
    rows: dict[str, Mapping[str, object]] = {}
    for chunk in chunks(ids):
        for row in connection.execute(sa.select(table).where(having(connection, table, chunk))).mappings():
            rows[str(row[key])] = plain_row(row)
    return rows


def known(connection: Connection, table: sa.Table, ids: Sequence[str]) -> frozenset[str]:
    """Which of the ids there are."""
    column = _ids_of(connection, table).c[key_of(table)]
    known_ids: set[str] = set()
    for chunk in chunks(ids):
        known_ids.update(connection.execute(sa.select(column).where(column.in_(chunk))).scalars())
    return frozenset(known_ids)


def text_in(row: Mapping[str, object], column: str) -> str:
    """The text in a column that is never empty.

    Raises:
        TypeError: there is something else in it.
    """
    value = row[column]
    if not isinstance(value, str):
        raise TypeError(f"{column}: expected text, got {type(value).__name__}")
    return value


def moment_in(row: Mapping[str, object], column: str) -> int:
    """The time (ms since 1970 UTC) in a column that is never empty.

    Raises:
        TypeError: there is something else in it.
    """
    value = row[column]
    if not isinstance(value, int):
        raise TypeError(f"{column}: expected a time in ms, got {type(value).__name__}")
    return value


def plain_row(row: sa.RowMapping) -> dict[str, object]:
    """A row as a dictionary by the names of its columns."""
    return {str(name): value for name, value in row.items()}


def having(connection: Connection, table: sa.Table, chunk: Sequence[str]) -> sa.ColumnElement[bool]:
    """Which rows have one of these ids (a chunk of them).

    Where a table is divided by month this asks when they were, so that only those months are looked at.
    """
    key = key_of(table)
    wanted, ids = table.c[key].in_(chunk), _ids_of(connection, table)
    if ids is table:
        return wanted
    at = TIME_OF[table.name]
    when = sa.select(sa.func.min(ids.c[at]), sa.func.max(ids.c[at])).where(ids.c[key].in_(chunk))
    first, last = connection.execute(when).one()
    return sa.false() if first is None else sa.and_(wanted, table.c[at].between(first, last))


def _ids_of(connection: Connection, table: sa.Table) -> sa.Table:
    """Where the ids of a table are: in a table of their own where it is divided by month."""
    return IDS.get(table.name, table) if dialect_of(connection).divides_by_month else table
