"""Profiles, merging and erasure of people in a SQL database; see ``nba_service.store.interface``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from models.domain.consent import Consent
from nba_service.store.consents import ledgers
from nba_service.store.records.idempotency_keys import forget_about
from nba_service.store.rows import CustomerRow, Merged
from nba_service.store.sql.connection import Database
from nba_service.store.sql.dialect import Insert
from nba_service.store.sql.lookups import having
from nba_service.store.sql.row_codec import customer_columns
from nba_service.store.sql.tables import customers, decisions, interactions, outcomes
from nba_service.store.writes import aliases as merging
from nba_service.store.writes.person_versions import NO_ROWS
from nba_service.store.writes.writing_part import WritingPart

log = structlog.get_logger(__name__)


class SqlPeople(WritingPart):
    """The writes about whole people."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._replace_customer = _replacing(database.dialect.insert(customers))

    def put_customers(self, rows: Sequence[CustomerRow]) -> None:
        if not rows:
            return
        self._writes.catch_up()
        self._write(lambda connection: self._put_customers(connection, rows))

    def _put_customers(self, connection: Connection, rows: Sequence[CustomerRow]) -> None:
        moments = dict.fromkeys((row.customer_id for row in rows), NO_ROWS)
        person = self._people.touch_all(connection, moments)
        latest = {person[row.customer_id]: customer_columns(row) for row in rows}
        profiles = [{**latest[customer_id], "customer_id": customer_id} for customer_id in sorted(latest)]
        connection.execute(self._replace_customer, profiles)
        told: dict[str, list[Consent]] = {}
        for row in rows:
            told.setdefault(person[row.customer_id], []).extend(row.statements())
        ledgers.record_all(connection, told)

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
        merged_profile = merging.profile_of(connection, merged.person, merged.merged, profile)
        connection.execute(sa.delete(customers).where(customers.c.customer_id.in_(merged.merged)))
        if merged_profile is not None:
            connection.execute(self._replace_customer, [customer_columns(merged_profile)])
        ledgers.unite(connection, merged.person, merged.merged)
        if profile is not None:
            ledgers.record_all(connection, {merged.person: profile.statements()})
        return merged

    def erase(self, customer_id: str, pseudonyms: Iterator[str], at: int = 0) -> int:
        self._writes.catch_up()
        touched = self._write(lambda connection: self._erase(connection, customer_id, pseudonyms, at))
        self._scrub()
        return touched

    def _erase(self, connection: Connection, customer_id: str, pseudonyms: Iterator[str], at: int) -> int:
        merging.one_at_a_time(connection)
        person = self._people.touch_all(connection, {customer_id: NO_ROWS})[customer_id]
        touched = 0
        for table in (customers, interactions):
            touched += connection.execute(sa.delete(table).where(table.c.customer_id == person)).rowcount
        of_person = sa.select(decisions.c.decision_id).where(decisions.c.customer_id == person)
        nobody = next(pseudonyms)
        decided = connection.execute(of_person).scalars().all()
        ids = {person, *merging.aliases_of(connection, person)}
        touched += ledgers.forget(connection, sorted(ids))
        forget_about(connection, ids | {*decided})
        for decision_id in decided:
            touched += _make_anonymous(connection, decision_id, nobody, pseudonyms)
        unattributed = sa.delete(outcomes).where(outcomes.c.customer_id == person)
        touched += connection.execute(unattributed).rowcount
        return touched + merging.forget(connection, person, at, pseudonyms)

    def _scrub(self) -> None:
        """The rows are gone; what is left of them in the database's own files goes as well, if it can now."""
        try:
            done = self._database.scrub()
        except sa.exc.DBAPIError:
            done = False
        if not done:
            log.warning("erased_rows_in_log", detail="Others read; the next erasure empties it.")


def _replacing(insert: Insert) -> Insert:
    names = [column.name for column in customers.columns if not column.primary_key]
    return insert.on_conflict_do_update(
        index_elements=["customer_id"], set_={name: insert.excluded[name] for name in names}
    )


def _make_anonymous(connection: Connection, decision_id: str, nobody: str, names: Iterator[str]) -> int:
    """Make a decision and its outcomes anonymous."""
    new_id = next(names)
    forgotten = dict.fromkeys(("context", "request", "answer", "state"))
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
            .values(outcome_id=next(names), decision_id=new_id, customer_id=None, action=None, channel=None)
        )
    return 1 + len(ids)
