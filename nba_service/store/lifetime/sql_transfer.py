"""Whole tables out of a SQL database and into it; see ``nba_service.store.interface``."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nba_service.store.lifetime import partitions
from nba_service.store.rows import DELIVERED, Written
from nba_service.store.sql import queries
from nba_service.store.sql.connection import Database, translated
from nba_service.store.sql.lookups import key_of
from nba_service.store.sql.tables import EXPORTED, TIME_OF, marks, outcomes
from nba_service.store.writes.attribution import NOBODY
from nba_service.store.writes.sql_people import SqlPeople
from nba_service.store.writes.write_queue import NOTHING_WRITTEN

EXPORTED_AT: Final = "exported"


class SqlTransfer(SqlPeople):
    """Export and import."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        insert = postgresql.insert if database.dialect == "postgresql" else sqlite.insert
        self._put_mark = _marking(insert(marks))

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
        return self._writes.load(table, rows)

    def note_export(self, at: int) -> None:
        with self._transaction(write=True) as connection:
            connection.execute(self._put_mark, {"name": EXPORTED_AT, "at": at})

    def exported_at(self) -> int | None:
        with self._transaction() as connection:
            return connection.execute(sa.select(marks.c.at).where(marks.c.name == EXPORTED_AT)).scalar()

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


def _marking(insert: Any) -> Any:
    return insert.on_conflict_do_update(index_elements=["name"], set_={"at": insert.excluded["at"]})


def _scan(name: str) -> Any:
    if name == "decisions":
        return queries.EXPORTED_DECISIONS
    table = EXPORTED[name]
    key = table.c[key_of(table)]
    statement = sa.select(table).where(key > sa.bindparam("after"))
    if name == "outcomes":
        statement = statement.where(outcomes.c.outcome != DELIVERED, outcomes.c.decision_id != NOBODY)
    return statement.order_by(key).limit(sa.bindparam("limit"))
