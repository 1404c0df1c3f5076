"""What the writing parts of the SQL store share.

Versions of people, and the queue of writes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.engine import Connection

from nba_service.store.sql.connection import Database
from nba_service.store.sql.sql_part import SqlPart
from nba_service.store.writes.giving_way import until_done
from nba_service.store.writes.person_versions import People
from nba_service.store.writes.write_queue import WriteQueue

Result = TypeVar("Result")


class WritingPart(SqlPart):
    """A part that writes; all parts of one store share one queue."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._people = People(database.dialect)
        self._writes = WriteQueue(database, self._people)

    def _write(self, work: Callable[[Connection], Result]) -> Result:
        """What ``work`` returns, in a transaction that is run again while it has to give way to others."""

        def transaction() -> Result:
            with self._transaction(write=True) as connection:
                return work(connection)

        return until_done(transaction)
