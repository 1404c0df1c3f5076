"""Small reads that several modules of the store need. Every function runs inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_CHUNK: Final = 500  # ids per IN (...): below SQLite's oldest limit of 999 variables


@cache
def key_of(table: sa.Table) -> str:
    """The name of the column with the id."""
    return next(iter(table.primary_key.columns)).name


def chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def present(connection: Connection, table: sa.Table, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """The rows that are there, by id."""
    key = table.c[key_of(table)]
    found: dict[str, Mapping[str, Any]] = {}
    for chunk in chunks(ids):
        for row in connection.execute(sa.select(table).where(key.in_(chunk))).mappings():
            found[str(row[key.name])] = dict(row)
    return found
