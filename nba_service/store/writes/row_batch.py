"""Interactions, outcomes and imported rows of several requests in one transaction.

A repeat of a write is known by its id and compared by its content. A request that conflicts with what is
stored must not undo its neighbours': then the transaction is given up (``Undone``) and each goes by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.consent import Consent
from nba_service.http.json_body import same_json
from nba_service.store.consents import ledgers
from nba_service.store.identity.profiles import origins_of
from nba_service.store.rows import Written
from nba_service.store.sql.dialect import Dialect
from nba_service.store.sql.lookups import chunks, having, key_of, known, moment_in, present, text_in
from nba_service.store.sql.sqlite_driver import Statement
from nba_service.store.sql.tables import ALL, TIME_OF, decisions
from nba_service.store.states.written import follow
from nba_service.store.writes.attribution import attribute
from nba_service.store.writes.group_commit import PendingWrite
from nba_service.store.writes.person_versions import NO_ROWS, People, answers, spans

Rows = Sequence[Mapping[str, object]]

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
    "outcomes": ("decision_id", "outcome", "value", "occurred_at", "properties"),
    "outcomes without decision": (
        *("customer_id", "action", "channel", "outcome", "value", "occurred_at", "properties"),
    ),
    "decisions": ("customer_id", "decided_at", "action", "channel"),
    "customers": ("account_id", "role", "attributes", "consent", "locale", "time_zone"),
}


_JSON: Final = frozenset({"properties", "attributes", "consent"})


class Undone(Exception):  # noqa: N818 - no error: somebody conflicts with what is stored
    """The transaction has to be undone.

    Of a line each goes by itself, one alone is told ``written``.
    """

    def __init__(self, written: Written) -> None:
        super().__init__()
        self.written = written


class RowBatch:
    """Adds rows of one table.

    They stand under the ids of the persons they are about.
    """

    def __init__(self, dialect: Dialect, versions: People) -> None:
        self._versions = versions
        self._insert_new = {
            name: dialect.insert(table).on_conflict_do_nothing() for name, table in ALL.items()
        }
        self._statements: dict[tuple[str, ...], Statement] = {}

    def add(self, connection: Connection, writes: Sequence[PendingWrite]) -> list[Written]:
        """Insert what is new. What conflicts is not written at all, unless ``keep_new``.

        Raises:
            Undone: something conflicts; nothing of it may be committed.
        """
        name = writes[0].table
        rows, touched = self._owned(connection, name, [row for write in writes for row in write.rows])
        key = key_of(ALL[name])
        told = _newly_told(connection, writes)
        new = self._insert(connection, name, sorted(rows, key=lambda row: str(row[key])))
        if told:
            gaps_only = writes[0].keep_new
            ledgers.record_all(connection, _by_person(connection, rows, key, told), gaps_only=gaps_only)
        if name == "outcomes" and new:
            attribute(connection, [text_in(row, key) for row in rows if row.get("customer_id")])
        if new < len(rows) and len(writes) > 1:
            raise Undone(Written(new=0, known=0))
        conflicts = _conflicts(connection, writes[0], rows) if new < len(rows) else ()
        if conflicts and not writes[0].keep_new:
            raise Undone(Written(new=0, known=len(rows), conflicts=conflicts))
        if name == "customers" or not writes[0].keep_new:  # an import has all states made at its end
            follow(self._versions.states, connection, name, rows if new else (), touched, new == len(rows))
        if new == len(rows):
            return [Written(new=len(write.rows), known=0) for write in writes]
        return [Written(new=new, known=len(rows) - new, conflicts=conflicts)]

    def _owned(self, connection: Connection, name: str, rows: Rows) -> tuple[Rows, dict[str, int]]:
        """The rows under the ids of the persons they are about, and how often whose version was raised."""
        if name == "outcomes":
            return self._owned_outcomes(connection, rows)
        if name in TIME_OF:
            moments = spans((text_in(row, "customer_id"), moment_in(row, TIME_OF[name])) for row in rows)
        else:
            moments = dict.fromkeys((text_in(row, "customer_id") for row in rows), NO_ROWS)
        person, touched = self._versions.touch_counted(connection, moments)
        origin = "origins" if name == "customers" else "came_as"
        return [_of(person, row, origin=origin) for row in rows], touched

    def _owned_outcomes(self, connection: Connection, rows: Rows) -> tuple[Rows, dict[str, int]]:
        named = [
            (text_in(row, "customer_id"), moment_in(row, "occurred_at"))
            for row in rows
            if row.get("customer_id")
        ]
        moments = answers([*_answering(connection, rows), *named])
        if not named:
            self._versions.touch(connection, moments)
            return rows, dict.fromkeys(moments, 1)
        person, touched = self._versions.touch_counted(connection, moments)
        owned = [_of(person, row) if row["customer_id"] else {**row, "came_as": None} for row in rows]
        return owned, touched

    def _insert(self, connection: Connection, name: str, rows: Rows) -> int:
        """How many of ``rows`` were new."""
        if not rows:
            return 0
        shape = (name, *rows[0])
        statement = self._statements.get(shape)
        if statement is None:
            statement = self._statements[shape] = Statement(self._insert_new[name], tuple(rows[0]))
        return statement.count_all(connection, rows)


def _of(
    person: Mapping[str, str], row: Mapping[str, object], origin: str = "came_as"
) -> Mapping[str, object]:
    """The row under the id of the person it is about, with the id that it came in with."""
    given = text_in(row, "customer_id")
    own = person[given] == given
    if origin == "origins":
        return {**row, "customer_id": person[given], origin: None if own else origins_of(row)}
    return {**row, "customer_id": person[given], origin: None if own else given}


def _answering(connection: Connection, rows: Rows) -> Iterator[tuple[str, int]]:
    """The persons whose decisions are answered, and the newest answer to each decision."""
    answered = ((text_in(row, "decision_id"), moment_in(row, "occurred_at")) for row in rows)
    newest = {key: span.latest for key, span in answers(answered).items()}
    yield from ((person, newest[key]) for key, person, _ in _deciders(connection, list(newest)))


def _deciders(connection: Connection, decision_ids: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
    """Decisions that are stored, the persons they are about, and the ids they were asked for."""
    columns = (decisions.c.decision_id, decisions.c.customer_id, decisions.c.came_as)
    for chunk in chunks(decision_ids):
        statement = sa.select(*columns).where(having(connection, decisions, chunk))
        yield from ((key, person, came_as) for key, person, came_as in connection.execute(statement))


def _newly_told(connection: Connection, writes: Sequence[PendingWrite]) -> dict[str, Sequence[Consent]]:
    """What rows that are not stored yet say of consents; a repeat arrives later, but says nothing new."""
    told = {key: said for write in writes for key, said in write.consents.items()}
    if not told:
        return told
    before = known(connection, ALL[writes[0].table], list(told))
    return {key: said for key, said in told.items() if key not in before}


def _by_person(
    connection: Connection, rows: Rows, key: str, told: Mapping[str, Sequence[Consent]]
) -> dict[str, list[Consent]]:
    """What rows say of consents, by the people whose rows they are.

    An outcome of a decision that is not known is nobody's yet; it counts by its event once it is somebody's.
    """
    saying = [row for row in rows if row[key] in told]
    unnamed = [text_in(row, "decision_id") for row in saying if not row["customer_id"]]
    deciders = {decision: (person, came_as) for decision, person, came_as in _deciders(connection, unnamed)}
    by_person: dict[str, list[Consent]] = {}
    for row in saying:
        if row["customer_id"]:
            person, came_as = text_in(row, "customer_id"), cast("str | None", row.get("came_as"))
        elif row["decision_id"] in deciders:
            person, came_as = deciders[text_in(row, "decision_id")]
        else:
            continue
        said = (one._replace(told_as=came_as) for one in told[text_in(row, key)])
        by_person.setdefault(person, []).extend(said)
    return by_person


def _conflicts(connection: Connection, write: PendingWrite, rows: Rows) -> tuple[str, ...]:
    """The ids of a write that hold another content already."""
    key = key_of(ALL[write.table])
    stored = present(connection, ALL[write.table], write.keys)
    differing = (
        row_key
        for row, row_key in ((row, text_in(row, key)) for row in rows)
        if not _same(row, stored[row_key], _compared(write.table, row), row_key in write.untimed)
    )
    return tuple(dict.fromkeys(differing))


def _compared(name: str, row: Mapping[str, object]) -> Sequence[str]:
    without_decision = name == "outcomes" and row.get("customer_id")
    return _COMPARED["outcomes without decision" if without_decision else name]


def _same(
    row: Mapping[str, object], stored: Mapping[str, object], compared: Sequence[str], untimed: bool
) -> bool:
    return all(
        row[name] == stored[name] or (name in _JSON and _same_text(row[name], stored[name]))
        for name in compared
        if not (untimed and name == "occurred_at")
    )


def _same_text(one: object, other: object) -> bool:
    """Whether two columns hold the same JSON: ``1`` is ``1.0``."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    return same_json(orjson.loads(one), orjson.loads(other))
