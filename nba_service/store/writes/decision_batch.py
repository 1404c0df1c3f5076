"""Decisions of several requests in one transaction.

Stored, claimed, and taken back where a claim fails. Claims are checked one by one inside the transaction: of
two decisions about one person in one line the second is refused, as if it had come a moment later. Two ways
to store them: a statement each, and few for all where each is a journey to a server.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from typing import Final, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.store.rows import Claim, Written
from nba_service.store.sql.dialect import Dialect
from nba_service.store.sql.lookups import chunks, having, moment_in, present, text_in
from nba_service.store.sql.packed_answers import pack_answer, read_answer
from nba_service.store.sql.sqlite_driver import AnyConnection, Statement, of_sqlalchemy, rows_of_some
from nba_service.store.sql.tables import aliases, decisions, people
from nba_service.store.states.following import SeenPast
from nba_service.store.states.written import contacts_of
from nba_service.store.writes.aliases import keep_merges_away
from nba_service.store.writes.claims import ClaimedDecision, claims_for
from nba_service.store.writes.group_commit import PendingWrite
from nba_service.store.writes.person_versions import NO_ROWS, People, persons
from nba_service.store.writes.seats import Seats

Rows = Mapping[str, Mapping[str, object]]
"""Columns of decisions by id."""


class DecisionTable(Protocol):
    """How decisions get into the table, and out of it again."""

    def insert_new(self, connection: AnyConnection, rows: Rows) -> list[str]:
        """Store those whose id is new; returns their ids, in order."""

    def delete(self, connection: AnyConnection, ids: Sequence[str]) -> None:
        """Delete decisions that were stored a moment ago."""

    def answers(self, connection: AnyConnection, ids: Sequence[str]) -> Mapping[str, object]:
        """The answers of stored decisions, by id."""

    def persons(self, connection: AnyConnection, seen: Mapping[str, int | None]) -> Mapping[str, str]:
        """For whom those ids stand that are aliases; stays so until the transaction ends.

        ``seen``: id → the version in which it was the person's own; None: nobody looked.
        """


class DecisionBatch:
    """Adds decisions that the service made, which come with claims."""

    def __init__(self, dialect: Dialect, versions: People) -> None:
        self._table: DecisionTable = _FewStatements(dialect) if dialect.has_server else _InFile(dialect)
        self._versions = versions
        self._claims = claims_for(dialect, versions)
        self._seats = Seats(dialect)

    def add(self, connection: AnyConnection, writes: Sequence[PendingWrite]) -> list[Written]:
        """What became of the decisions of each write."""
        made = {key: row for write in writes for key, row in zip(write.keys, write.rows, strict=True)}
        claims = {key: claim for write in writes for key, claim in write.claims.items()}
        rows = self._of_persons(connection, made, claims)
        inserted = self._table.insert_new(connection, rows)
        refused, touched = self._refused(connection, {key: rows[key] for key in inserted}, claims)
        self._table.delete(connection, refused)
        self._follow(connection, {key: rows[key] for key in inserted if key not in refused}, touched, claims)
        stored = self._table.answers(connection, [key for key in rows if key not in inserted])
        other = {key for key, answer in stored.items() if answer != rows[key]["answer"]}
        return [_written(write, inserted, set(refused), other) for write in writes]

    def _of_persons(self, connection: AnyConnection, rows: Rows, claims: Mapping[str, Claim]) -> Rows:
        """The rows under the ids of the persons they are about.

        Of one that claims a version nobody was merged or parted since, or the claim fails. Whom another is
        about may have become somebody else since it was made.
        """
        given = {
            key: str(row["came_as"] or row["customer_id"])
            for key, row in rows.items()
            if (claim := claims.get(key, _NOTHING)).version is None or not claim.raises
        }
        if not given:
            return rows
        # of several, people are locked where claims are checked, and in no other order
        seen = {
            one: claims.get(key, _NOTHING).version if len(rows) == 1 else None for key, one in given.items()
        }
        person = self._table.persons(connection, seen)
        return {**rows, **{key: _of(person.get(one, one), one, rows[key]) for key, one in given.items()}}

    def _refused(
        self, connection: AnyConnection, rows: Rows, claims: Mapping[str, Claim]
    ) -> tuple[tuple[str, ...], Mapping[str, int]]:
        """The decisions whose claim does not hold: the person has changed, or a channel is full.

        And how often whose version was raised.
        """
        claimed = [
            ClaimedDecision(
                text_in(row, "customer_id"), key, claims.get(key, _NOTHING), moment_in(row, "decided_at")
            )
            for key, row in rows.items()
            if (key in claims and claims[key].raises) or row["contacts"] != "[]"
        ]
        claimed.sort(key=lambda decision: decision[:2])
        held = self._claims.hold(connection, claimed)
        touched = Counter(decision.person for decision in claimed if decision.decision_id in held)
        wanted = {key: claim.seats for _, key, claim, _ in claimed if key in held and claim.seats}
        full = self._seats.without_room(connection, wanted)
        return tuple(key for _, key, _, _ in claimed if key not in held or key in full), touched

    def _follow(
        self,
        connection: AnyConnection,
        stored: Rows,
        touched: Mapping[str, int],
        claims: Mapping[str, Claim],
    ) -> None:
        """Have the states of people follow the decisions that were stored about them."""
        events, before = contacts_of(connection, stored)
        late = dict.fromkeys(before - touched.keys(), NO_ROWS)
        self._versions.touch(connection, late)
        raised = {**touched, **dict.fromkeys(late, 1)}
        self._versions.states.follow(connection, raised, events, before, _seen(stored, touched, claims))


class _InFile:
    """Statements of SQLite, where nobody else writes meanwhile."""

    def __init__(self, dialect: Dialect) -> None:
        self._insert = Statement(dialect.insert(decisions).on_conflict_do_nothing())
        self._packs = not dialect.has_server  # a server compresses what is long itself

    def insert_new(self, connection: AnyConnection, rows: Rows) -> list[str]:
        ordered = sorted(rows)
        if len(ordered) == 1 or not isinstance(connection, sqlite3.Connection):
            return [key for key in ordered if self._insert.run(connection, self._kept(rows[key]))]
        known = {key for (key,) in rows_of_some(connection, _KNOWN, ordered)}
        new = [key for key in ordered if key not in known]
        self._insert.run_all(connection, [self._kept(rows[key]) for key in new])
        return new

    def _kept(self, row: Mapping[str, object]) -> Mapping[str, object]:
        answer = row["answer"]
        return {**row, "answer": pack_answer(answer)} if self._packs and isinstance(answer, str) else row

    def delete(self, connection: AnyConnection, ids: Sequence[str]) -> None:
        _DELETE.run_all(connection, [{"decision": key} for key in ids])

    def answers(self, connection: AnyConnection, ids: Sequence[str]) -> Mapping[str, object]:
        found = ((key, kept) for key in ids for (kept,) in _ANSWER.rows(connection, {"decision": key}))
        return {key: read_answer(kept) for key, kept in found}

    def persons(self, connection: AnyConnection, seen: Mapping[str, int | None]) -> Mapping[str, str]:
        found = ((key, _OWNER.rows(connection, {"id": key})) for key in seen)
        return {key: str(row[0][0]) for key, row in found if row}


class _FewStatements(_InFile):
    """All decisions in one statement, where a call costs a journey to the server."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        insert = dialect.insert(decisions).on_conflict_do_nothing()
        self._insert_returned = insert.returning(decisions.c.decision_id)

    def insert_new(self, connection: AnyConnection, rows: Rows) -> list[str]:
        ordered = sorted(rows)
        if len(ordered) < 2:
            return super().insert_new(connection, rows)
        every = [dict(rows[key]) for key in ordered]
        new = set(of_sqlalchemy(connection).execute(self._insert_returned, every).scalars())
        return [key for key in ordered if key in new]

    def delete(self, connection: AnyConnection, ids: Sequence[str]) -> None:
        pooled = of_sqlalchemy(connection)
        for chunk in chunks(ids):
            pooled.execute(sa.delete(decisions).where(having(pooled, decisions, chunk)))

    def answers(self, connection: AnyConnection, ids: Sequence[str]) -> Mapping[str, object]:
        return {key: row["answer"] for key, row in present(of_sqlalchemy(connection), decisions, ids).items()}

    def persons(self, connection: AnyConnection, seen: Mapping[str, int | None]) -> Mapping[str, str]:
        pooled = of_sqlalchemy(connection)
        if len(seen) == 1 and all(_is_unchanged(pooled, *one) for one in seen.items()):
            return {}
        keep_merges_away(pooled)
        return {key: owner for key, owner in persons(pooled, seen).items() if owner != key}


def _is_unchanged(connection: Connection, person: str, version: int | None) -> bool:
    """Whether a person is in the version that was seen, and stays so until the transaction ends.

    A merge, a parting and an erasure raise the versions of their people first, so they wait while this
    transaction holds one.
    """
    held = _HELD.rows(connection, {"person": person, "version": version}) if version else ()
    return bool(held)


def _seen(stored: Rows, touched: Mapping[str, int], claims: Mapping[str, Claim]) -> dict[str, SeenPast]:
    """The pasts that held claims know, of people of whom nothing else was written."""
    seen = {}
    for key, row in stored.items():
        person, claim = text_in(row, "customer_id"), claims.get(key, _NOTHING)
        if claim.past is not None and claim.version is not None and touched.get(person) == 1:
            seen[person] = SeenPast(claim.version, claim.past)
    return seen


def _of(person: str, given: str, row: Mapping[str, object]) -> Mapping[str, object]:
    """The row as the person's for whom the id that it came in with, ``given``, stands now."""
    if row["customer_id"] == person:
        return row
    return {**row, "customer_id": person, "came_as": None if person == given else given}


def _written(write: PendingWrite, inserted: Sequence[str], refused: Set[str], other: Set[str]) -> Written:
    """What a request is told of its decisions; ``other``: ids that hold another answer."""
    new = set(inserted).intersection(write.keys)
    lost = tuple(key for key in write.keys if key in refused)
    return Written(
        new=len(new) - len(lost),
        known=len(write.keys) - len(new),
        conflicts=tuple(key for key in write.keys if key in other),
        refused=lost,
    )


_NOTHING: Final = Claim()
_THIS: Final = decisions.c.decision_id == sa.bindparam("decision")
_KNOWN: Final = "SELECT decision_id FROM decisions WHERE decision_id IN ({})"
_DELETE: Final = Statement(sa.delete(decisions).where(_THIS))
_ANSWER: Final = Statement(sa.select(decisions.c.answer).where(_THIS))
_OWNER: Final = Statement(sa.select(aliases.c.customer_id).where(aliases.c.alias == sa.bindparam("id")))
_HELD: Final = Statement(
    sa.select(people.c.customer_id)
    .where(people.c.customer_id == sa.bindparam("person"), people.c.version == sa.bindparam("version"))
    .with_for_update(read=True)
)
