"""Idempotent writes of decisions, interactions and outcomes: those of several requests in one transaction.

What comes out is what each request alone would have got. A request that conflicts with what is stored is
written apart, so that it undoes nothing of its neighbours'; so is each of a line in which one cannot be
written at all. Claims are checked one by one inside the transaction: of two decisions about one person in
one line the second is refused, as if it had come a moment later.

PostgreSQL writes one table per transaction, because locks are taken in one order (decisions, people by id,
capacity) and a line of several tables would break it; SQLite has one lock for everything, and one flush.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from nba_service.errors import StoreError
from nba_service.store.rows import Claim, Written
from nba_service.store.sql.connection import Database, store_error
from nba_service.store.sql.lookups import chunks, having, key_of, present
from nba_service.store.sql.sqlite_driver import AnyConnection, Statement
from nba_service.store.sql.tables import ALL, decisions
from nba_service.store.writes.attribution import attribute
from nba_service.store.writes.group_commit import PendingWrite
from nba_service.store.writes.person_versions import NO_ROWS, People, answers, spans

TABLES: Final = ("decisions", "interactions", "outcomes")

# What must be equal for a repeated write to be the same write. A decision's content is its request,
# which the caller compares; what an import brings is compared by what was decided.
_COMPARED: Final[Mapping[str, tuple[str, ...]]] = {
    "interactions": (
        "customer_id",
        "occurred_at",
        "channel",
        "touchpoint",
        "action",
        "phase",
        "value",
        "properties",
    ),
    "outcomes": ("decision_id", "outcome", "value", "occurred_at"),
    "outcomes without decision": ("customer_id", "action", "channel", "outcome", "value", "occurred_at"),
    "decisions": ("customer_id", "decided_at", "action", "channel"),
    "customers": ("account_id", "attributes", "consent", "locale", "time_zone"),
}

_SINGLE_FAULTS: Final = ("40001", "40P01")
"""Serialisation failure, deadlock: the server is well and one of several transactions had to give way."""


class _Undone(Exception):  # noqa: N818 - no error: somebody conflicts with what is stored
    """The transaction has to be undone: of a line each goes by itself, one alone is told ``written``."""

    def __init__(self, written: Written) -> None:
        super().__init__()
        self.written = written


class Writer:
    """Writes lines of requests (``GroupCommit``)."""

    def __init__(self, database: Database, people: People) -> None:
        self._database = database
        self._people = people
        self._postgres = database.dialect == "postgresql"
        insert = postgresql.insert if self._postgres else sqlite.insert
        self._insert_new = {name: insert(table).on_conflict_do_nothing() for name, table in ALL.items()}
        self._insert_decision = Statement(self._insert_new["decisions"])
        self._insert_told = self._insert_new["decisions"].returning(decisions.c.decision_id)

    def write(self, line: Sequence[PendingWrite]) -> None:
        """Write them all; each gets its ``result`` or ``error``."""
        for together in _without_repeats(line):
            for part in _by_table(together) if self._postgres else (together,):
                self._write(part)

    def _write(self, part: Sequence[PendingWrite]) -> None:
        try:
            with self._transaction(part) as connection:
                results = self._perform(connection, part)
        except _Undone as undone:
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

    def _transaction(self, part: Sequence[PendingWrite]) -> AbstractContextManager[object]:
        """Straight through SQLite's driver where only decisions of the service are written."""
        if not self._postgres and all(_is_decided(write) for write in part):
            return self._database.sqlite_driver.writing()
        return self._database.transaction(write=True)

    def _one_by_one(self, part: Sequence[PendingWrite]) -> None:
        for write in part:
            self._write([write])

    def _perform(self, connection: Any, part: Sequence[PendingWrite]) -> list[Written]:
        found: dict[int, Written] = {}
        for table in (*TABLES, "customers"):
            mine = [write for write in part if write.table == table]
            if mine:
                add = self._add_decisions if _is_decided(mine[0]) else self._add_rows
                found.update(zip(map(id, mine), add(connection, mine), strict=True))
        return [found[id(write)] for write in part]

    def _add_decisions(self, connection: AnyConnection, writes: Sequence[PendingWrite]) -> list[Written]:
        rows = {key: row for write in writes for key, row in zip(write.keys, write.rows, strict=True)}
        claims = {key: claim for write in writes for key, claim in write.claims.items()}
        inserted = self._insert_decisions(connection, rows)
        refused = self._settle(connection, {key: rows[key] for key in inserted}, claims)
        _take_back(connection, refused)
        taken = _answers(connection, [key for key in rows if key not in inserted])
        other = {key for key, answer in taken.items() if answer != rows[key]["answer"]}
        return [_told(write, inserted, set(refused), other) for write in writes]

    def _insert_decisions(
        self, connection: AnyConnection, rows: Mapping[str, Mapping[str, Any]]
    ) -> list[str]:
        """The ids that were new, in order. Where a call costs a journey to the server: all in one."""
        ordered = sorted(rows)
        if isinstance(connection, Connection) and self._postgres and len(ordered) > 1:
            result = connection.execute(self._insert_told, [dict(rows[key]) for key in ordered])
            new = set(result.scalars())
            return [key for key in ordered if key in new]
        return [key for key in ordered if self._insert_decision.run(connection, rows[key]).rowcount]

    def _settle(
        self, connection: AnyConnection, rows: Mapping[str, Mapping[str, Any]], claims: Mapping[str, Claim]
    ) -> tuple[str, ...]:
        """The decisions whose claim does not hold: the person has changed, or a channel is full."""
        asked = [
            (row["customer_id"], key, claims.get(key, Claim()), row["decided_at"])
            for key, row in rows.items()
            if key in claims or row["contacts"] != "[]"
        ]
        asked.sort(key=lambda one: one[:2])
        held = self._people.claim_all(connection, asked)
        seated = {key: claims[key].seats for _, key, claim, _ in asked if key in held and claim.seats}
        full = self._people.seat_all(connection, seated)
        return tuple(key for _, key, _, _ in asked if key not in held or key in full)

    def _add_rows(self, connection: Connection, writes: Sequence[PendingWrite]) -> list[Written]:
        """Insert what is new. What conflicts is not written at all, unless ``keep_new``."""
        name = writes[0].table
        rows = self._owned(connection, name, [row for write in writes for row in write.rows])
        key = key_of(ALL[name])
        new = self._insert(connection, name, sorted(rows, key=lambda row: str(row[key])))
        if name == "outcomes" and new:
            attribute(connection, [row[key] for row in rows if row.get("customer_id")])
        if new == len(rows):
            return [Written(new=len(write.rows), known=0) for write in writes]
        if len(writes) > 1:
            raise _Undone(Written(new=0, known=0))
        write = writes[0]
        stored = present(connection, ALL[name], write.keys)
        differing = (
            row[key]
            for row in rows
            if not _same(row, stored[row[key]], _compared(name, row), row[key] in write.untimed)
        )
        conflicts = tuple(dict.fromkeys(differing))
        if conflicts and not write.keep_new:
            raise _Undone(Written(new=0, known=len(rows), conflicts=conflicts))
        return [Written(new=new, known=len(rows) - new, conflicts=conflicts)]

    def _owned(
        self, connection: Connection, name: str, rows: Sequence[Mapping[str, Any]]
    ) -> Sequence[Mapping[str, Any]]:
        """The rows under the ids of the persons they are about, whose versions are raised."""
        if name == "outcomes":
            return self._owned_outcomes(connection, rows)
        time = {"interactions": "occurred_at", "decisions": "decided_at"}.get(name)
        if time is None:
            moments = dict.fromkeys((row["customer_id"] for row in rows), NO_ROWS)
        else:
            moments = spans((row["customer_id"], row[time]) for row in rows)
        person = self._people.touch_all(connection, moments)
        return [{**row, "customer_id": person[row["customer_id"]]} for row in rows]

    def _owned_outcomes(
        self, connection: Connection, rows: Sequence[Mapping[str, Any]]
    ) -> Sequence[Mapping[str, object]]:
        named = [(row["customer_id"], row["occurred_at"]) for row in rows if row.get("customer_id")]
        moments = answers([*_answering(connection, rows), *named])
        if not named:
            self._people.touch(connection, moments)
            return rows
        person = self._people.touch_all(connection, moments)
        return [
            {**row, "customer_id": person[row["customer_id"]]} if row["customer_id"] else row for row in rows
        ]

    def _insert(self, connection: Connection, name: str, rows: Sequence[Mapping[str, object]]) -> int:
        """How many of ``rows`` were new."""
        result = connection.execute(
            self._insert_new[name], list(rows), execution_options={"preserve_rowcount": True}
        )
        return int(result.rowcount)


def _is_decided(write: PendingWrite) -> bool:
    """Whether it is decisions that the service made, which come with claims."""
    return write.table == "decisions" and not write.keep_new


def _take_back(connection: AnyConnection, ids: Sequence[str]) -> None:
    """Delete decisions that were stored a moment ago."""
    if isinstance(connection, sqlite3.Connection):
        _DELETE.run_all(connection, [{"decision": key} for key in ids])
        return
    for chunk in chunks(ids):
        connection.execute(sa.delete(decisions).where(having(connection, decisions, chunk)))


def _answers(connection: AnyConnection, ids: Sequence[str]) -> dict[str, str | None]:
    """The answers of stored decisions."""
    if isinstance(connection, sqlite3.Connection):
        return {
            key: answer for key in ids for (answer,) in _ANSWER.run(connection, {"decision": key}).fetchall()
        }
    return {key: row["answer"] for key, row in present(connection, decisions, ids).items()}


_ONE: Final = decisions.c.decision_id == sa.bindparam("decision")
_DELETE: Final = Statement(sa.delete(decisions).where(_ONE))
_ANSWER: Final = Statement(sa.select(decisions.c.answer).where(_ONE))


def _told(write: PendingWrite, inserted: Sequence[str], refused: Set[str], other: Set[str]) -> Written:
    """What a request is told of its decisions."""
    mine = set(inserted).intersection(write.keys)
    lost = tuple(key for key in write.keys if key in refused)
    return Written(
        new=len(mine) - len(lost),
        known=len(write.keys) - len(mine),
        conflicts=tuple(key for key in write.keys if key in other),
        refused=lost,
    )


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
        mine = [write for write in line if write.table == table]
        if mine:
            yield mine


def _concerns_all(error: Exception) -> bool:
    """Whether others would fare no better by themselves: no answer, no room, no connection."""
    if isinstance(error, sa.exc.TimeoutError):
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
        return getattr(error.orig, "sqlstate", None) not in _SINGLE_FAULTS
    return False


def _for_one(error: Exception) -> Exception:
    """An error of its own for each thread that raises it."""
    if isinstance(error, sa.exc.DBAPIError | sa.exc.TimeoutError):
        return store_error(error)
    return type(error)(str(error)) if isinstance(error, StoreError) else error


def _answering(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, int]]:
    """The persons whose decisions are answered, and the newest answer to each decision."""
    newest = {
        key: span.latest
        for key, span in answers((row["decision_id"], row["occurred_at"]) for row in rows).items()
    }
    for chunk in chunks(list(newest)):
        statement = sa.select(decisions.c.decision_id, decisions.c.customer_id).where(
            having(connection, decisions, chunk)
        )
        yield from ((person, newest[key]) for key, person in connection.execute(statement))


def _compared(name: str, row: Mapping[str, object]) -> Sequence[str]:
    loose = name == "outcomes" and row.get("customer_id")
    return _COMPARED["outcomes without decision" if loose else name]


def _same(
    row: Mapping[str, object], stored: Mapping[str, object], compared: Sequence[str], untimed: bool
) -> bool:
    return all(row[name] == stored[name] for name in compared if not (untimed and name == "occurred_at"))
