"""Idempotent writes of decisions, interactions and outcomes.

Those of several requests in one transaction. What comes out is what each request alone would have got. A
request that conflicts with what is stored is written apart, so that it undoes nothing of its neighbours'; so
is each of a line in which one cannot be written at all. One that would wait for a lock of another host gives
way at once, for the sake of the line, and its caller comes again.

A server takes one table per transaction, because locks are taken in one order (decisions, people by id,
capacity) and a line of several tables would break it; SQLite has one lock for everything, and one flush.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Final

import sqlalchemy as sa

from nba_service.errors import StoreError
from nba_service.store.rows import Written
from nba_service.store.sql.connection import Database
from nba_service.store.sql.driver_errors import DRIVER_ERRORS, is_contention, store_error
from nba_service.store.sql.sqlite_driver import AnyConnection, of_sqlalchemy
from nba_service.store.sql.tables import ALL
from nba_service.store.writes.decision_batch import DecisionBatch
from nba_service.store.writes.group_commit import PendingWrite
from nba_service.store.writes.person_versions import People
from nba_service.store.writes.row_batch import RowBatch, Undone

_ORDER: Final = ("decisions", "interactions", "outcomes", "customers")


class Writer:
    """Writes lines of requests (``GroupCommit``)."""

    def __init__(self, database: Database, versions: People) -> None:
        self._database = database
        self._decisions = DecisionBatch(database.dialect, versions)
        self._rows = RowBatch(database.dialect, versions)

    def write(self, line: Sequence[PendingWrite]) -> None:
        """Write them all; each gets its ``result`` or ``error``."""
        for together in _without_repeats(line):
            for part in _by_table(together) if self._database.dialect.has_server else (together,):
                self._write(part)

    def _write(self, part: Sequence[PendingWrite]) -> None:
        try:
            results = self._results(part)
        except Undone as undone:
            if len(part) > 1:
                self._one_by_one(part)
            else:
                part[0].result = undone.written
        except Exception as error:
            if len(part) > 1 and not _concerns_all(error):
                self._one_by_one(part)
                return
            for write in part:
                write.error = _for_one(error)
        else:
            for write, written in zip(part, results, strict=True):
                write.result = written

    def _results(self, part: Sequence[PendingWrite]) -> list[Written]:
        with self._transaction(part) as connection:
            return self.perform(connection, part)

    def _transaction(self, part: Sequence[PendingWrite]) -> AbstractContextManager[AnyConnection]:
        """Straight through SQLite's driver where only decisions of the service are written."""
        if not self._database.dialect.has_server and all(_is_decided(write) for write in part):
            return self._database.sqlite_driver.writing()
        return self._database.transaction(write=True, hurried=True)

    def _one_by_one(self, part: Sequence[PendingWrite]) -> None:
        for write in part:
            self._write([write])

    def perform(self, connection: AnyConnection, part: Sequence[PendingWrite]) -> list[Written]:
        """Write them in the caller's transaction; what became of each, in order.

        Raises:
            Undone: something conflicts; nothing of it may be committed.
        """
        results: dict[int, Written] = {}
        for table in _ORDER:
            writes = [write for write in part if write.table == table]
            if not writes:
                continue
            if _is_decided(writes[0]):
                written = self._decisions.add(connection, writes)
            else:
                written = self._rows.add(of_sqlalchemy(connection), writes)
            results.update(zip(map(id, writes), written, strict=True))
        return [results[id(write)] for write in part]


def _is_decided(write: PendingWrite) -> bool:
    """Whether it is decisions that the service made, which come with claims."""
    return write.table == "decisions" and not write.keep_new


def _without_repeats(line: Sequence[PendingWrite]) -> Iterator[Sequence[PendingWrite]]:
    """The line in rounds that hold no id twice: a repeat finds the first one stored."""
    rest = list(line)
    while rest:
        seen: set[tuple[str, str]] = set()
        together: list[PendingWrite] = []
        later: list[PendingWrite] = []
        for write in rest:
            ids = {(write.table, key) for key in write.keys}
            (later if seen & ids else together).append(write)
            seen |= ids
        yield together
        rest = later


def _by_table(line: Sequence[PendingWrite]) -> Iterator[Sequence[PendingWrite]]:
    for table in ALL:
        writes = [write for write in line if write.table == table]
        if writes:
            yield writes


def _concerns_all(error: Exception) -> bool:
    """Whether others would fare no better by themselves: no answer, no room, no connection."""
    if isinstance(error, sa.exc.TimeoutError):
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
        return not is_contention(error)
    return False


def _for_one(error: Exception) -> Exception:
    """An error of its own for each thread that raises it."""
    if isinstance(error, DRIVER_ERRORS):
        return store_error(error)
    return type(error)(str(error)) if isinstance(error, StoreError) else error
