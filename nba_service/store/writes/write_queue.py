"""The way of idempotent writes into the database.

Together with others, now or a moment later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Final

from models.domain.consent import Consent
from nba_service.settings import Durability
from nba_service.store.rows import Claim, Written
from nba_service.store.sql.connection import Database
from nba_service.store.sql.lookups import key_of
from nba_service.store.sql.tables import ALL
from nba_service.store.writes.async_writes import AsyncWrites
from nba_service.store.writes.batch import Writer
from nba_service.store.writes.giving_way import until_done
from nba_service.store.writes.group_commit import GroupCommit, PendingWrite
from nba_service.store.writes.person_versions import People

PATIENCE: Final = 3
"""A write may wait for the transaction ahead, then for its own: so many times the store's timeout."""

NOTHING_WRITTEN: Final = Written(new=0, known=0)


class WriteQueue:
    """The writes of one process to one database."""

    def __init__(self, database: Database, people: People) -> None:
        self.writer = Writer(database, people)
        self.writers = database.dialect.writers
        self._patience_s = PATIENCE * database.timeout_ms / 1000
        self.group_commit = GroupCommit(self.writer.write, self._patience_s, self.writers)
        asynchronous = database.durability is Durability.ASYNC
        self._async_writes = AsyncWrites(self.writer.write) if asynchronous else None

    def add(
        self,
        table: str,
        rows: Sequence[Mapping[str, object]],
        *,
        untimed: Set[str] = frozenset(),
        claims: Mapping[str, Claim] | None = None,
        consents: Mapping[str, Sequence[Consent]] | None = None,
    ) -> Written:
        """Write rows; see ``submit``."""
        if not rows:
            return NOTHING_WRITTEN
        return self.submit(
            PendingWrite(
                table,
                rows,
                keys_of(table, rows),
                untimed=untimed,
                claims=claims or {},
                consents=consents or {},
            )
        )

    def submit(self, write: PendingWrite) -> Written:
        """Write with all others who write now; what was returned is as durable as the setting says."""
        if self._async_writes is not None and write.table != "decisions" and self._async_writes.put(write):
            return Written(new=len(write.rows), known=0)
        return until_done(lambda: self.group_commit.submit(replace(write)), self._patience_s)

    def load(
        self,
        table: str,
        rows: Sequence[Mapping[str, object]],
        consents: Mapping[str, Sequence[Consent]] | None = None,
    ) -> Written:
        """Write rows of an import, apart from other writes; what conflicts stays as it is stored."""
        write = PendingWrite(table, rows, keys_of(table, rows), keep_new=True, consents=consents or {})
        return until_done(lambda: self._alone(replace(write)), self._patience_s)

    def _alone(self, write: PendingWrite) -> Written:
        self.writer.write([write])
        return write.outcome()

    def catch_up(self) -> None:
        """What was answered before it was written comes before what is written now."""
        if self._async_writes is not None:
            self._async_writes.drain(self._patience_s)

    def close(self) -> None:
        """Write what was answered and is not written yet."""
        if self._async_writes is not None:
            self._async_writes.close(self._patience_s)


def keys_of(table: str, rows: Sequence[Mapping[str, object]]) -> list[str]:
    """The ids of rows."""
    key = key_of(ALL[table])
    return [str(row[key]) for row in rows]
