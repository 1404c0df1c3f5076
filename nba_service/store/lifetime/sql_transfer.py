"""Whole tables out of a SQL database and into it; see ``nba_service.store.interface``."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import orjson
import sqlalchemy as sa

from models.domain.consent import Consent, Statement
from nba_service.store.identity import tombstones
from nba_service.store.lifetime import partitions
from nba_service.store.records import accounts
from nba_service.store.rows import DELIVERED, Written
from nba_service.store.sql import queries
from nba_service.store.sql.connection import Database, translated
from nba_service.store.sql.dialect import Insert
from nba_service.store.sql.lookups import key_of, moment_in, plain_row, text_in
from nba_service.store.sql.packed_candidates import with_candidates
from nba_service.store.sql.tables import EXPORTED, TIME_OF, consents, customers, marks, outcomes
from nba_service.store.sql.tables import accounts as of_accounts
from nba_service.store.writes.attribution import NOBODY
from nba_service.store.writes.sql_consents import SqlConsents
from nba_service.store.writes.sql_people import SqlPeople
from nba_service.store.writes.write_queue import NOTHING_WRITTEN

EXPORTED_AT: Final = "exported"


class SqlTransfer(SqlPeople, SqlConsents):
    """Export and import."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._put_mark = _marking(database.dialect.insert(marks))

    def scan(self, table: str, after: str, limit: int) -> Sequence[Mapping[str, object]]:
        with self._transaction() as connection:
            result = connection.execute(_scan(table), {"after": after, "limit": limit})
            rows = [plain_row(row) for row in result.mappings()]
            return with_candidates(connection, rows) if table == "decisions" else rows

    def load(self, table: str, rows: Sequence[Mapping[str, object]]) -> Written:
        with self._transaction() as connection:
            buried = tombstones.buried_among(connection, table, rows)
        kept = [row for place, row in enumerate(rows) if place not in buried] if buried else rows
        return replace(self._load_rows(table, kept), erased=len(buried))

    def _load_rows(self, table: str, rows: Sequence[Mapping[str, object]]) -> Written:
        if table == "aliases":
            return self._load_aliases(rows)
        if table == "consents":
            return self.load_consents(rows)
        if table == "accounts":
            return self._write(lambda connection: accounts.load(connection, rows))
        if not rows:
            return NOTHING_WRITTEN
        if table in TIME_OF:
            times = [moment_in(row, TIME_OF[table]) for row in rows]
            with translated():
                partitions.make_months_of(self._database, table, times, int(time.time() * 1000))
        told = _told(rows, int(time.time() * 1000)) if table == "customers" else None
        return self._writes.load(table, rows, told)

    def note_export(self, at: int) -> None:
        with self._transaction(write=True) as connection:
            connection.execute(self._put_mark, {"name": EXPORTED_AT, "at": at})

    def exported_at(self) -> int | None:
        with self._transaction() as connection:
            return connection.execute(sa.select(marks.c.at).where(marks.c.name == EXPORTED_AT)).scalar()

    def _load_aliases(self, rows: Sequence[Mapping[str, object]]) -> Written:
        """Merge as it was merged where the rows come from; repeats change nothing."""
        new = 0
        conflicts: list[str] = []
        for row in rows:
            alias, person = text_in(row, "alias"), text_in(row, "customer_id")
            ids = iter([f"import-{alias}"])
            merged = self.merge(person, [alias], at=moment_in(row, "merged_at"), ids=ids, profile=None)
            new += len(merged.merged)
            conflicts += merged.taken
        return Written(new=new, known=len(rows) - new - len(conflicts), conflicts=tuple(conflicts))


def _told(rows: Sequence[Mapping[str, object]], now: int) -> dict[str, tuple[Consent, ...]]:
    """What imported profiles say of consents, which does not say when.

    A grant counts as older than everything, a refusal from now on; neither says anything of a flag of which
    something is known already.
    """
    told: dict[str, tuple[Consent, ...]] = {}
    for row in rows:
        flags = orjson.loads(text_in(row, "consent")).items()
        told[text_in(row, "customer_id")] = tuple(
            Consent(flag, given, Statement(0 if given else now, now, "import")) for flag, given in flags
        )
    return {customer_id: said for customer_id, said in told.items() if said}


def _marking(insert: Insert) -> Insert:
    return insert.on_conflict_do_update(index_elements=["name"], set_={"at": insert.excluded["at"]})


def _scan(name: str) -> sa.Executable:
    if name == "decisions":
        return queries.EXPORTED_DECISIONS
    table = EXPORTED[name]
    key = table.c[key_of(table)]
    statement = sa.select(table).where(key > sa.bindparam("after"))
    if name == "customers":
        theirs = customers.outerjoin(consents, consents.c.customer_id == customers.c.customer_id)
        theirs = theirs.outerjoin(of_accounts, of_accounts.c.account_id == customers.c.account_id)
        more = (consents.c.ledger, of_accounts.c.attributes.label("account_attributes"))
        statement = statement.add_columns(*more).select_from(theirs)
    if name == "outcomes":
        statement = statement.where(outcomes.c.outcome != DELIVERED, outcomes.c.decision_id != NOBODY)
    return statement.order_by(key).limit(sa.bindparam("limit"))
