"""The store on a SQL database.

SQLite embedded, PostgreSQL shared; one code for both. Knows tables and transactions; knows nothing of
journeys, HTTP or what a decision means. Every public method is one transaction. A database that does not
answer is a ``StoreError``, whatever the driver raised.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from itertools import chain
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from models.policy.scoring.response_delays import ResponseCount
from nba_service.errors import StoreError
from nba_service.settings import Durability
from nba_service.store.lifetime import partitions, retention
from nba_service.store.reads import response_counts as learning
from nba_service.store.reads.state import Found, Reader
from nba_service.store.records.api_keys import KeyTable
from nba_service.store.records.audit_log import AuditLog
from nba_service.store.records.free_choices import ChoiceTable
from nba_service.store.records.idempotency_keys import RequestTable, forget_about
from nba_service.store.rows import (
    DELIVERED,
    Claim,
    CustomerRow,
    DecisionRow,
    InteractionRow,
    Merged,
    OutcomeRow,
    PositiveRule,
    StoredState,
    UpdateRow,
    Written,
)
from nba_service.store.sql import migrate, queries
from nba_service.store.sql import row_codec as columns
from nba_service.store.sql.connection import Database, translated, translated_transaction
from nba_service.store.sql.lookups import chunks, having, key_of, known, present
from nba_service.store.sql.tables import (
    ALL,
    EXPORTED,
    TIME_OF,
    customers,
    decisions,
    interactions,
    marks,
    outcomes,
    updates,
)
from nba_service.store.writes import aliases as merging
from nba_service.store.writes import attribution
from nba_service.store.writes.async_writes import AsyncWrites
from nba_service.store.writes.batch import Writer
from nba_service.store.writes.group_commit import GroupCommit, PendingWrite
from nba_service.store.writes.person_versions import NO_ROWS, People, answers, persons, spans, used_seats

PATIENCE: Final = 3
"""A write may wait for the transaction ahead, then for its own: so many times the store's timeout."""

WRITERS: Final = {"sqlite": 1, "postgresql": 4}
"""Transactions of a process on their way at once: SQLite has one lock, PostgreSQL flushes several as one."""

EXPORTED_AT: Final = "exported"

COUNTED: Final = {"preserve_rowcount": True}  # else SQLAlchemy drops the count of an INSERT

NOTHING_WRITTEN: Final = Written(new=0, known=0)


class SqlStore:
    """See ``nba_service.store.interface.Store``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = postgresql.insert if database.dialect == "postgresql" else sqlite.insert
        self._replace_customer = _replacing(insert(customers))
        self._put_mark = _marking(insert(marks))
        self._put_update = learning.put_update(insert(updates))
        self._people = People(database.dialect)
        self._reader = Reader(database)
        self.keys = KeyTable(self._transaction)
        self.requests = RequestTable(self._transaction, database.dialect)
        self.audit_log = AuditLog(database)
        self.choices = ChoiceTable(self._transaction, database.dialect)
        self._writer = Writer(database, self._people)
        self._patience_s = PATIENCE * database.timeout_ms / 1000
        self._writers = WRITERS[database.dialect]
        self._queue = GroupCommit(self._writer.write, self._patience_s, self._writers)
        self._async_writes = (
            AsyncWrites(self._writer.write) if database.durability is Durability.ASYNC else None
        )

    def migrate(self) -> None:
        with translated():
            migrate.upgrade(self._database)
        self.keep_months(int(time.time() * 1000))

    def check(self) -> None:
        with translated():
            migrate.check(self._database)

    def close(self) -> None:
        if self._async_writes is not None:
            self._async_writes.close(self._patience_s)
        self._database.close()

    def put_customers(self, rows: Sequence[CustomerRow]) -> None:
        if not rows:
            return
        self._catch_up()
        with self._transaction(write=True) as connection:
            moments = dict.fromkeys((row.customer_id for row in rows), NO_ROWS)
            person = self._people.touch_all(connection, moments)
            kept = {person[row.customer_id]: columns.customer_columns(row) for row in rows}
            named = [{**row, "customer_id": customer_id} for customer_id, row in kept.items()]
            connection.execute(self._replace_customer, sorted(named, key=lambda row: str(row["customer_id"])))

    def customer(self, customer_id: str) -> CustomerRow | None:
        with self._transaction() as connection:
            return _read_customer(connection, persons(connection, [customer_id])[customer_id])

    def persons(self, customer_ids: Sequence[str]) -> Mapping[str, str]:
        with self._transaction() as connection:
            return persons(connection, customer_ids)

    def aliases_of(self, customer_id: str) -> tuple[str, ...]:
        with self._transaction() as connection:
            return merging.aliases_of(connection, persons(connection, [customer_id])[customer_id])

    def merge(
        self, into: str, aliases: Sequence[str], *, at: int, ids: Iterator[str], profile: CustomerRow | None
    ) -> Merged:
        self._catch_up()
        with self._transaction(write=True) as connection:
            merged = merging.merge(connection, self._people, into, aliases, at, ids)
            if merged.taken:
                connection.rollback()
                return merged
            found = merging.profile_of(connection, merged.person, merged.merged, profile)
            mine = customers.c.customer_id.in_(merged.merged)
            connection.execute(sa.delete(customers).where(mine))
            if found is not None:
                connection.execute(self._replace_customer, [columns.customer_columns(found)])
        return merged

    def add_interactions(self, rows: Sequence[InteractionRow]) -> Written:
        untimed = {row.interaction_id for row in rows if not row.timed}
        return self._add("interactions", [columns.interaction_columns(row) for row in rows], untimed=untimed)

    def add_outcomes(self, rows: Sequence[OutcomeRow]) -> Written:
        untimed = {row.outcome_id for row in rows if not row.timed}
        return self._add("outcomes", [columns.outcome_columns(row) for row in rows], untimed=untimed)

    def add_decisions(
        self, rows: Sequence[DecisionRow], claims: Mapping[str, Claim] | None = None
    ) -> Written:
        unique = {row.decision_id: row for row in rows}.values()
        return self._add("decisions", [columns.decision_columns(row) for row in unique], claims=claims or {})

    def correct_decisions(self, rows: Sequence[DecisionRow]) -> None:
        if not rows:
            return
        ours = [columns.decision_columns(row) for row in rows]
        ids = [row.decision_id for row in rows]
        with self._transaction(write=True) as connection:
            self._people.touch_all(connection, spans((row.customer_id, row.decided_at) for row in rows))
            for chunk in chunks(ids):
                connection.execute(sa.delete(decisions).where(having(connection, decisions, chunk)))
            stored = connection.execute(sa.insert(decisions), ours, execution_options=COUNTED).rowcount
            if stored < len(ours):  # on PostgreSQL a row whose id was taken meanwhile is left out
                raise StoreError("A decision was stored while it was being corrected. Correct it again.")

    def used_seats(self, channels: Sequence[str], day: int) -> Mapping[str, int]:
        with self._transaction() as connection:
            return used_seats(connection, channels, day)

    def decisions(self, decision_ids: Sequence[str]) -> Mapping[str, DecisionRow]:
        if len(decision_ids) == 1:
            with translated():
                one = self._reader.decision(decision_ids[0])
            return {} if one is None else {decision_ids[0]: columns.decision_row(one)}
        with self._transaction() as connection:
            found = present(connection, decisions, decision_ids)
        return {key: columns.decision_row(row) for key, row in found.items()}

    def decided_since(self, since: int, after: tuple[int, str], limit: int) -> Sequence[DecisionRow]:
        at, key = decisions.c.decided_at, decisions.c.decision_id
        statement = (
            sa.select(decisions)
            .where(at >= since, sa.or_(at > after[0], sa.and_(at == after[0], key > after[1])))
            .order_by(at, key)
            .limit(limit)
        )
        with self._transaction() as connection:
            return [columns.decision_row(dict(row)) for row in connection.execute(statement).mappings()]

    def known_decisions(self, decision_ids: Sequence[str]) -> frozenset[str]:
        with self._transaction() as connection:
            return known(connection, decisions, decision_ids)

    def known_interactions(self, interaction_ids: Sequence[str]) -> frozenset[str]:
        with self._transaction() as connection:
            return known(connection, interactions, interaction_ids)

    def state(self, customer_id: str, before: int, limit: int) -> StoredState:
        with translated():
            found = self._reader.state(customer_id, before, limit)
        return columns.stored_state(*found, limit)

    def decision_or_state(
        self, decision_id: str, customer_id: str, before: int, limit: int
    ) -> DecisionRow | StoredState:
        with translated():
            found = self._reader.decision_or_state(decision_id, customer_id, before, limit)
        if isinstance(found, Found):
            return columns.stored_state(*found, limit)
        return columns.decision_row(found)

    def outcomes_of(self, decision_ids: Sequence[str]) -> Sequence[OutcomeRow]:
        found: list[OutcomeRow] = []
        with self._transaction() as connection:
            for chunk in chunks(decision_ids):
                statement = (
                    sa.select(outcomes)
                    .where(outcomes.c.decision_id.in_(chunk))
                    .order_by(outcomes.c.occurred_at, outcomes.c.outcome_id)
                )
                found += [OutcomeRow(**row) for row in connection.execute(statement).mappings()]
        return found

    def records_of(self, customer_id: str, limit: int) -> Mapping[str, Sequence[Mapping[str, object]]]:
        with self._transaction() as connection:
            customer_id = persons(connection, [customer_id])[customer_id]
            of_customer = {"customer": customer_id, "limit": limit}
            return {
                "interactions": _newest(connection, interactions, customer_id, "occurred_at", limit),
                "decisions": _with_delivery(connection, customer_id, limit),
                "outcomes": [
                    dict(row)
                    for row in connection.execute(queries.OUTCOMES_OF_CUSTOMER, of_customer).mappings()
                ],
            }

    def erase(self, customer_id: str, pseudonyms: Iterator[str], at: int = 0) -> int:
        self._catch_up()
        with self._transaction(write=True) as connection:
            asked = {customer_id: NO_ROWS}
            person = self._people.touch_all(connection, asked)[customer_id]
            touched = 0
            for table in (customers, interactions):
                touched += connection.execute(sa.delete(table).where(table.c.customer_id == person)).rowcount
            mine = sa.select(decisions.c.decision_id).where(decisions.c.customer_id == person)
            nobody = next(pseudonyms)
            decided = connection.execute(mine).scalars().all()
            forget_about(connection, {person, *merging.aliases_of(connection, person), *decided})
            for decision_id in decided:
                touched += _make_anonymous(connection, decision_id, nobody, pseudonyms)
            loose = sa.delete(outcomes).where(outcomes.c.customer_id == person)
            touched += connection.execute(loose).rowcount
            return touched + merging.forget(connection, person, at, pseudonyms)

    def settle_outcomes(self, since: int = 0) -> int:
        """Outcomes without a decision of their own that belong to another one than before."""
        moved, after = 0, ("", "")
        while True:
            with self._transaction() as connection:
                rows = attribution.page(connection, after, since)
            if attribution.changed(rows):
                moved += self._attribute(rows)
            if len(rows) < attribution.PAGE:
                return moved
            after = (rows[-1]["customer_id"], rows[-1]["outcome_id"])

    def _attribute(self, rows: Sequence[Mapping[str, object]]) -> int:
        moving = attribution.changed(rows)
        with self._transaction(write=True) as connection:
            self._people.touch(
                connection, answers((row["customer_id"], row["occurred_at"]) for row in moving)
            )
            attribution.attribute(connection, [row["outcome_id"] for row in moving])
        return len(moving)

    def unattributed(self, outcome_ids: Sequence[str]) -> frozenset[str]:
        found: set[str] = set()
        with self._transaction() as connection:
            for chunk in chunks(outcome_ids):
                found |= attribution.unattributed(connection, chunk)
        return frozenset(found)

    def settle_and_count_responses(
        self, bundle: str, rules: Sequence[PositiveRule], *, since: int, until: int
    ) -> Sequence[ResponseCount]:
        if not rules:
            return ()
        self.settle_outcomes(since)
        with self._transaction() as connection:
            return learning.count_responses(connection, bundle, rules, since=since, until=until)

    def put_update(self, row: UpdateRow) -> None:
        with self._transaction(write=True) as connection:
            connection.execute(self._put_update, asdict(row))

    def latest_update(self, bundle: str) -> UpdateRow | None:
        with self._transaction() as connection:
            return learning.latest_update(connection, bundle)

    def propensity_update(self, bundle: str, version: str) -> UpdateRow | None:
        with self._transaction() as connection:
            return learning.propensity_update(connection, bundle, version)

    def note_export(self, at: int) -> None:
        with self._transaction(write=True) as connection:
            connection.execute(self._put_mark, {"name": EXPORTED_AT, "at": at})

    def exported_at(self) -> int | None:
        with self._transaction() as connection:
            return connection.execute(sa.select(marks.c.at).where(marks.c.name == EXPORTED_AT)).scalar()

    def old_rows(self, before: int, now: int) -> Mapping[str, int]:
        with self._transaction() as connection:
            return retention.counted(connection, before, now)

    def forget_old(self, before: int, now: int) -> Mapping[str, int]:
        self._catch_up()
        gone = dict.fromkeys(retention.TABLES, 0)
        for name in retention.TABLES:
            for part in chain(self._old_months(name, before, now), self._old_portions(name, before, now)):
                for table, rows in part.items():
                    gone[table] += rows
        with self._transaction(write=True) as connection:
            retention.finish(connection, before, now, gone)
        self.keep_months(now)
        return gone

    def _old_months(self, name: str, before: int, now: int) -> Iterator[Mapping[str, int]]:
        """Months that went as a whole; those that others were using are left for row by row."""
        with self._transaction() as connection:
            months = retention.old_months(connection, name, before)
        for month in months:
            take = partial(retention.take_month, month=month, before=before, now=now)
            with translated():
                taken = partitions.patiently(self._database, take)
            yield taken or {}

    def _old_portions(self, name: str, before: int, now: int) -> Iterator[Mapping[str, int]]:
        after: str | None = ""
        while after is not None:
            with self._transaction(write=True) as connection:
                portion, after = retention.take_portion(connection, name, before, now, after)
            yield portion

    def keep_months(self, now: int) -> None:
        with translated():
            partitions.keep_months(self._database, now)

    def scan(self, table: str, after: str, limit: int) -> Sequence[Mapping[str, object]]:
        with self._transaction() as connection:
            result = connection.execute(_scan(table), {"after": after, "limit": limit})
            return [dict(row) for row in result.mappings()]

    def load(self, table: str, rows: Sequence[Mapping[str, Any]]) -> Written:
        if table == "aliases":
            return self._load_aliases(rows)
        if not rows:
            return NOTHING_WRITTEN
        if table in TIME_OF:
            times = [row[TIME_OF[table]] for row in rows]
            with translated():
                partitions.make_months_of(self._database, table, times, int(time.time() * 1000))
        write = PendingWrite(table, rows, [row[key_of(ALL[table])] for row in rows], keep_new=True)
        self._writer.write([write])
        return write.outcome()

    def _load_aliases(self, rows: Sequence[Mapping[str, Any]]) -> Written:
        """Merge as it was merged where the rows come from; repeats change nothing."""
        new = 0
        conflicts: list[str] = []
        for row in rows:
            alias, ids = row["alias"], iter([f"import-{row['alias']}"])
            merged = self.merge(row["customer_id"], [alias], at=row["merged_at"], ids=ids, profile=None)
            new += len(merged.merged)
            conflicts += merged.taken
        return Written(new=new, known=len(rows) - new - len(conflicts), conflicts=tuple(conflicts))

    def _add(self, table: str, rows: Sequence[Mapping[str, Any]], **more: Any) -> Written:
        """Write with whoever else writes now; what was returned is as durable as the setting says."""
        if not rows:
            return NOTHING_WRITTEN
        write = PendingWrite(table, rows, [row[key_of(ALL[table])] for row in rows], **more)
        if self._async_writes is not None and table != "decisions" and self._async_writes.put(write):
            return Written(new=len(rows), known=0)
        return self._queue.submit(write)

    def _catch_up(self) -> None:
        """What was answered before it was written comes before what is written now."""
        if self._async_writes is not None:
            self._async_writes.drain(self._patience_s)

    def _transaction(self, *, write: bool = False) -> AbstractContextManager[Connection]:
        return translated_transaction(self._database, write=write)


def _marking(insert: Any) -> Any:
    return insert.on_conflict_do_update(index_elements=["name"], set_={"at": insert.excluded["at"]})


def _replacing(insert: Any) -> Any:
    names = [column.name for column in customers.columns if not column.primary_key]
    return insert.on_conflict_do_update(
        index_elements=["customer_id"], set_={name: insert.excluded[name] for name in names}
    )


def _newest(
    connection: Connection, table: sa.Table, customer_id: str, time: str, limit: int
) -> list[dict[str, object]]:
    statement = (
        sa.select(table)
        .where(table.c.customer_id == customer_id)
        .order_by(table.c[time].desc(), table.c[key_of(table)])
        .limit(limit)
    )
    found = connection.execute(statement).mappings()
    return [{str(name): value for name, value in row.items()} for row in found]


def _with_delivery(connection: Connection, customer_id: str, limit: int) -> list[dict[str, object]]:
    """Decisions, newest first; ``delivered_at`` as the outcomes say it, where they were deferred."""
    rows = _newest(connection, decisions, customer_id, "decided_at", limit)
    parameters = {"customer": customer_id, "limit": limit}
    delivered = {
        row.decision_id: row.delivered_at for row in connection.execute(queries.DELIVERIES, parameters)
    }
    return [{**row, "delivered_at": delivered.get(row["decision_id"])} for row in rows]


def _make_anonymous(connection: Connection, decision_id: str, nobody: str, names: Iterator[str]) -> int:
    """Give a decision and its outcomes new names and forget what could tell who it was."""
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


def _scan(name: str) -> Any:
    if name == "decisions":
        return queries.EXPORTED_DECISIONS
    table = EXPORTED[name]
    key = table.c[key_of(table)]
    statement = sa.select(table).where(key > sa.bindparam("after"))
    if name == "outcomes":
        statement = statement.where(
            outcomes.c.outcome != DELIVERED, outcomes.c.decision_id != attribution.NOBODY
        )
    return statement.order_by(key).limit(sa.bindparam("limit"))


def _read_customer(connection: Connection, customer_id: str) -> CustomerRow | None:
    statement = sa.select(customers).where(customers.c.customer_id == customer_id)
    row = connection.execute(statement).mappings().first()
    if row is None:
        return None
    return columns.customer_row(dict(row))
