"""Profiles, merging and erasure of people in a SQL database; see ``nba_service.store.interface``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from models.domain.consent import Consent
from nba_service.store.consents import ledgers
from nba_service.store.identity import profiles, tombstones
from nba_service.store.records import configurations, rollups, worklists
from nba_service.store.records.idempotency_keys import forget_about
from nba_service.store.rows import CustomerRow, Merged, Parted, Written
from nba_service.store.sql.lookups import chunks, having
from nba_service.store.sql.tables import decisions, interactions, outcomes
from nba_service.store.writes import aliases as merging
from nba_service.store.writes.person_versions import NO_ROWS
from nba_service.store.writes.write_queue import NOTHING_WRITTEN
from nba_service.store.writes.writing_part import WritingPart

log = structlog.get_logger(__name__)

_OF_NOBODY: Final = ("customer_id", "action", "channel", "came_as")


class SqlPeople(WritingPart):
    """The writes about whole people."""

    def put_customers(self, rows: Sequence[CustomerRow]) -> Written:
        if not rows:
            return NOTHING_WRITTEN
        self._writes.catch_up()
        stored = self._write(lambda connection: self._put_customers(connection, rows))
        return Written(new=stored, known=0, erased=len(rows) - stored)

    def _put_customers(self, connection: Connection, rows: Sequence[CustomerRow]) -> int:
        if any(row.journaled_at for row in rows):
            merging.one_at_a_time(connection)
            erased = tombstones.erased_among(connection, rows)
            rows = [row for place, row in enumerate(rows) if place not in erased]
        person = self._people.touch_without_events(connection, [row.customer_id for row in rows])
        profiles.put(connection, person, rows)
        told: dict[str, list[Consent]] = {}
        for row in rows:
            told.setdefault(person[row.customer_id], []).extend(_said(row, person[row.customer_id]))
        ledgers.record_all(connection, told)
        return len(rows)

    def merge(
        self, into: str, aliases: Sequence[str], *, at: int, ids: Iterator[str], profile: CustomerRow | None
    ) -> Merged:
        self._writes.catch_up()
        return self._write(lambda connection: self._merge(connection, into, aliases, at, ids, profile))

    def _merge(
        self,
        connection: Connection,
        into: str,
        aliases: Sequence[str],
        at: int,
        ids: Iterator[str],
        profile: CustomerRow | None,
    ) -> Merged:
        merged = merging.merge(connection, self._people, into, aliases, at, ids)
        if merged.taken:
            connection.rollback()
            return merged
        stated = None if profile is None else (into, profile)
        profiles.unite(connection, merged.person, merged.merged, stated)
        ledgers.unite(connection, merged.person, merged.merged)
        self._people.states.unite(connection, merged.person, merged.merged)
        if profile is not None:
            ledgers.record_all(connection, {merged.person: _said(profile, merged.person)})
        return merged

    def part(self, customer_id: str, alias: str, *, at: int, ids: Iterator[str]) -> Parted:
        self._writes.catch_up()
        return self._write(lambda connection: self._part(connection, customer_id, alias, at, ids))

    def _part(
        self, connection: Connection, customer_id: str, alias: str, at: int, ids: Iterator[str]
    ) -> Parted:
        parted = merging.part(connection, self._people, customer_id, alias, at, ids)
        if parted.ids:
            self._people.states.part(connection, parted.person, alias)
        return parted

    def erased_at(self, ids: Collection[str]) -> Mapping[str, int]:
        with self._transaction() as connection:
            return tombstones.erased_at(connection, ids)

    def last_erasure(self) -> int:
        with self._transaction() as connection:
            return tombstones.newest(connection)

    def erase(self, customer_id: str, pseudonyms: Iterator[str], at: int = 0) -> int:
        self._writes.catch_up()
        touched = self._write(lambda connection: self._erase(connection, customer_id, pseudonyms, at))
        self._scrub()
        return touched

    def _erase(self, connection: Connection, customer_id: str, pseudonyms: Iterator[str], at: int) -> int:
        merging.one_at_a_time(connection)
        person = self._people.touch_all(connection, {customer_id: NO_ROWS})[customer_id]
        ids = sorted({person, *merging.aliases_of(connection, person)})
        self._people.touch_all(
            connection, dict.fromkeys(ids, NO_ROWS)
        )  # nobody keeps a state of one meanwhile
        touched = profiles.forget(connection, ids) + ledgers.forget(connection, ids)
        self._people.states.table.forget(connection, ids)
        rollups.forget(connection, ids)
        touched += _delete(connection, interactions, ids)
        decided = [key for chunk in chunks(ids) for key in _decided(connection, chunk)]
        forget_about(connection, {*ids, *decided})
        tombstones.bury(connection, {*ids, *decided, customer_id}, at)
        nobody = next(pseudonyms)
        touched += configurations.make_anonymous(connection, ids, nobody)
        worklists.forget(connection, {*ids, customer_id})
        for decision_id in decided:
            touched += _make_anonymous(connection, decision_id, nobody, pseudonyms)
        touched += _delete(connection, outcomes, ids)
        return touched + merging.forget(connection, person, at, pseudonyms)

    def _scrub(self) -> None:
        """The rows are gone; what is left of them in the database's own files goes as well, if it can now."""
        try:
            done = self._database.scrub()
        except sa.exc.DBAPIError:
            done = False
        if not done:
            log.warning("erased_rows_in_log", detail="Others read; the next erasure empties it.")


def _said(row: CustomerRow, person: str) -> list[Consent]:
    """What a profile says of consents, with the id that it came in with."""
    told_as = None if row.customer_id == person else row.customer_id
    return [one._replace(told_as=told_as) for one in row.statements()]


def _delete(connection: Connection, table: sa.Table, ids: Sequence[str]) -> int:
    return sum(
        connection.execute(sa.delete(table).where(table.c.customer_id.in_(chunk))).rowcount
        for chunk in chunks(ids)
    )


def _decided(connection: Connection, ids: Sequence[str]) -> Sequence[str]:
    statement = sa.select(decisions.c.decision_id).where(decisions.c.customer_id.in_(ids))
    return connection.execute(statement).scalars().all()


def _make_anonymous(connection: Connection, decision_id: str, nobody: str, names: Iterator[str]) -> int:
    """Make a decision and its outcomes anonymous."""
    new_id = next(names)
    forgotten = dict.fromkeys(("context", "request", "answer", "state", "came_as"))
    connection.execute(
        sa.update(decisions)
        .where(having(connection, decisions, [decision_id]))
        .values(decision_id=new_id, customer_id=nobody, **forgotten)
    )
    its_outcomes = sa.select(outcomes.c.outcome_id).where(outcomes.c.decision_id == decision_id)
    ids = connection.execute(its_outcomes).scalars().all()
    for outcome_id in ids:
        connection.execute(
            sa.update(outcomes)
            .where(outcomes.c.outcome_id == outcome_id)
            .values(outcome_id=next(names), decision_id=new_id, **dict.fromkeys(_OF_NOBODY))
        )
    return 1 + len(ids)
