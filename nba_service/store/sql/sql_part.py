"""What every part of the SQL store stands on.

One database and its transactions.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from sqlalchemy.engine import Connection

from nba_service.store.sql.connection import Database, translated_transaction


class SqlPart:
    """Some of a store's calls, each in its own transaction.

    A part works by itself; ``SqlStore`` is all of them over one database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def _transaction(self, *, write: bool = False) -> AbstractContextManager[Connection]:
        return translated_transaction(self._database, write=write)
