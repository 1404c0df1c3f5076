"""Months of decisions and interactions on PostgreSQL.

Made ahead of time, dropped as a whole. What no month takes lies in the default partition, so no write is
refused because a month is missing; a month that is made later takes its rows over. Locks are waited for a
moment only, then everything is tried again: who waits for a lock on a table keeps all others waiting. Why so:
docs/adr/0014-months.md.

Knows partitions and ids; knows nothing of which rows are old. SQLite has none of this.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.store.lifetime.months import month_of, name_of, start_of
from nba_service.store.sql.connection import Database
from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.tables import IDS, TIME_OF

AHEAD: Final = 3
"""Months after the running one that are made beforehand."""

MOST_MOVED: Final = 20_000
"""Rows of a new month that are taken out of the default partition while others wait for it."""

LOOKED_BACK: Final = 240
"""Months before the running one that an import makes. Older times are wrong and lie in the default one."""

_TRIES: Final = 6
_PAUSE_S: Final = 0.1
_LOCK_WAIT: Final = "500ms"
_ONE_AT_A_TIME: Final = 0x4E424150  # "NBAP"
_GAVE_WAY: Final = ("55P03", "40P01")  # a lock that was not to be had in time; a deadlock
_BOUNDS: Final = re.compile(r"FROM \((?:MINVALUE|'(-?\d+)')\) TO \('(-?\d+)'\)")
_log: Final = logging.getLogger("nba_service.store")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Rows of ``table`` from ``begins`` (ms; None: since ever) until before ``ends``."""

    table: str
    name: str
    begins: int | None
    ends: int

    def holds(self, at: int) -> bool:
        return (self.begins is None or self.begins <= at) and at < self.ends


def partitions_of(connection: Connection, table: str) -> list[Partition]:
    """The partitions of a table, oldest first, without the default one; none on SQLite."""
    if not dialect_of(connection).divides_by_month:
        return []
    partitions = []
    for name, bounds in connection.execute(_PARTITIONS, {"parent": table}):
        if between := _BOUNDS.search(bounds):
            begins, ends = between.groups()
            begun = None if begins is None else int(begins)
            partitions.append(Partition(table=table, name=name, begins=begun, ends=int(ends)))
    return sorted(partitions, key=lambda partition: partition.ends)


def keep_months(database: Database, now: int) -> None:
    """Make the month of ``now`` (ms) and the ``AHEAD`` next ones, where they are missing.

    A month that cannot be made now is a warning in the log: the default partition does without it.
    """
    this = month_of(now)
    make_months(database, range(this, this + AHEAD + 1))


def make_months_of(database: Database, table: str, times: Iterable[int], now: int) -> None:
    """Make the months of rows that are to be imported, as far as their times (ms) can be right at ``now``."""
    if not database.dialect.divides_by_month:
        return
    this = month_of(now)
    possible = range(this - LOOKED_BACK, this + AHEAD + 1)
    make_months(database, {month_of(at) for at in times}.intersection(possible), [table])


def make_months(database: Database, months: Iterable[int], tables: Iterable[str] = TIME_OF) -> None:
    """Make partitions for the months that have none, with the rows of theirs that came before."""
    if not database.dialect.divides_by_month:
        return
    wanted = sorted(set(months))
    for table in tables:
        with database.transaction() as connection:
            missing = _missing(connection, table, wanted)
        for month in missing:
            try:
                there = patiently(database, partial(_make, table=table, month=month))
            except (sa.exc.ProgrammingError, sa.exc.InternalError) as error:  # no right; read-only
                there = None
                _log.warning("partition refused: %s", type(error.orig).__name__)
            if not there:
                _log.warning("partition not made: %s, the default one takes its rows", _name(table, month))


def inside(table: sa.Table, partition: Partition) -> sa.ColumnElement[bool]:
    """The rows of a table, or ids of its rows, whose time lies within a partition."""
    at = table.c[TIME_OF[partition.table]]
    begun = sa.true() if partition.begins is None else at >= partition.begins
    return sa.and_(begun, at < partition.ends)


def drop(connection: Connection, partition: Partition) -> int:
    """Drop a partition with its rows and their ids; how many there were. Hold it before (``hold``)."""
    ids = IDS[partition.table]
    rows = connection.execute(sa.delete(ids).where(inside(ids, partition))).rowcount
    connection.execute(sa.text(f"ALTER TABLE {partition.table} DETACH PARTITION {partition.name}"))
    connection.execute(sa.text(f"DROP TABLE {partition.name}"))
    return int(rows)


def hold(connection: Connection, partition: Partition) -> None:
    """Let nobody write into a partition until the transaction ends; reading goes on."""
    connection.execute(sa.text(f"LOCK TABLE ONLY {partition.name} IN SHARE ROW EXCLUSIVE MODE"))


def patiently(database: Database, work: Callable[[Connection], T]) -> T | None:
    """``work`` in a transaction of its own, tried again while others are in the way; None: it was not to be.

    One process at a time; a lock is waited for half a second at most, a statement as long as it takes.
    """
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE_S * 2**attempt)
        try:
            with database.transaction(write=True) as connection:
                connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'"))
                connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
                database.dialect.lock(connection, _ONE_AT_A_TIME)
                return work(connection)
        except sa.exc.DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _GAVE_WAY:
                raise
    return None


def _make(connection: Connection, table: str, month: int) -> bool:
    """Whether the month is there now; not if too many of its rows are in the default partition."""
    if not _missing(connection, table, [month]):
        return True  # another process was faster
    at, begins, ends = TIME_OF[table], start_of(month), start_of(month + 1)
    new, default = _name(table, month), f"{table}_default"
    its_own = f"FROM {default} WHERE {at} >= {begins} AND {at} < {ends}"
    counted = f"SELECT count(*) FROM (SELECT 1 {its_own} LIMIT {MOST_MOVED + 1}) AS few"  # noqa: S608
    if connection.execute(sa.text(counted)).scalar_one() > MOST_MOVED:
        return False
    for statement in (
        f"CREATE TABLE {new} (LIKE {table} INCLUDING ALL)",
        # Who has chosen the default partition already would find that it takes the row no more.
        f"LOCK TABLE ONLY {table} IN SHARE ROW EXCLUSIVE MODE",
        f"LOCK TABLE {default} IN ACCESS EXCLUSIVE MODE",
        f"INSERT INTO {new} SELECT * {its_own}",
        f"DELETE {its_own}",
        f"ALTER TABLE {table} ATTACH PARTITION {new} FOR VALUES FROM ({begins}) TO ({ends})",
    ):
        connection.execute(sa.text(statement))
    return True


def _missing(connection: Connection, table: str, months: Sequence[int]) -> list[int]:
    there = partitions_of(connection, table)
    return [month for month in months if not any(partition.holds(start_of(month)) for partition in there)]


def _name(table: str, month: int) -> str:
    return f"{table}_{name_of(month)}"


_PARTITIONS: Final = sa.text("""
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass(:parent)
""")
