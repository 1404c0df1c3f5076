"""SQLite: one file, one lock, no journeys to a server."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection

from nba_service.settings import Durability
from nba_service.store.sql.dialect import EngineOptions

WRITE_OPTION: Final = "nba_write"
"""The execution option of a transaction that writes: the lock is then taken at once."""

MOST_LOG_PAGES: Final = 16_384
"""Pages (64 MB) of the write-ahead log from which a commit moves them itself, where nobody keeps it short."""

_LONG_LOG_PAGES: Final = 4_096
"""Pages after which writers wait a moment, so that the log can begin anew."""

_KEEPER_PATIENCE_MS: Final = 100
"""How long writers wait for it at most."""

_SYNCHRONOUS: Final = {
    Durability.COMMIT: "FULL",
    Durability.FLUSH: "NORMAL",
    Durability.ASYNC: "OFF",
}


class SqliteDialect:
    """See ``Dialect``."""

    name: Final = "sqlite"
    writers: Final = 1
    has_server: Final = False
    divides_by_month: Final = False

    def engine(self, url: URL, options: EngineOptions) -> Engine:
        if url.database and url.database != ":memory:":
            path = Path(url.database)
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(OSError):  # a file that cannot be made is reported when it is opened
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # its journal files follow its mode
        engine = sa.create_engine(
            url,
            pool_size=options.pool_size,
            max_overflow=options.pool_size,
            poolclass=sa.pool.QueuePool,
            connect_args={"timeout": options.timeout_ms / 1000, "check_same_thread": False},
        )
        synchronous = _SYNCHRONOUS[options.durability]

        @event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, _record: object) -> None:
            connection.isolation_level = None  # transactions are begun below, not by sqlite3
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute(f"PRAGMA synchronous = {synchronous}")
            cursor.execute(f"PRAGMA wal_autocheckpoint = {MOST_LOG_PAGES}")
            cursor.execute("PRAGMA cache_size = -2000")  # kB of each; a worker has a dozen connections
            cursor.execute("PRAGMA temp_store = MEMORY")
            cursor.execute("PRAGMA secure_delete = ON")  # the default of most builds, not of all
            cursor.close()

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            write = connection.get_execution_options().get(WRITE_OPTION, False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

        return engine

    def wait_for_locks(self, connection: Connection, milliseconds: int) -> None:
        """Nothing to do: one lock holds for everything, and every connection waits for it as long."""

    def insert(self, table: sa.Table) -> sqlite.Insert:
        return sqlite.insert(table)

    def driver_text(self, text: str) -> str:
        return text

    def scrub(self, connection: DBAPIConnection) -> bool:
        """Empty the write-ahead log, which still holds the rows as they were before they were erased."""
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        answer = cursor.fetchone()  # (busy, frames in the log, frames moved)
        cursor.close()
        return answer is not None and answer[0] == 0

    def shorten_log(self, connection: DBAPIConnection) -> None:
        """Move what was committed from the write-ahead log into the database.

        Readers and writers go on meanwhile. A log that grew long under load all the same begins anew, for
        which writers wait a moment.
        """
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        _busy, pages, _moved = cursor.fetchone() or (0, 0, 0)
        if pages > _LONG_LOG_PAGES:
            cursor.execute("PRAGMA busy_timeout")
            before = cursor.fetchone() or (0,)
            cursor.execute(f"PRAGMA busy_timeout = {_KEEPER_PATIENCE_MS}")
            cursor.execute("PRAGMA wal_checkpoint(RESTART)")
            cursor.execute(f"PRAGMA busy_timeout = {before[0]}")
        cursor.close()

    def damage(self, connection: Connection) -> str | None:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        return None if found == "ok" else " ".join(str(found).split())

    def lock(self, connection: Connection, number: int) -> None:
        """Nothing to do: a transaction that writes is alone."""

    def share_lock(self, connection: Connection, number: int) -> None:
        """Nothing to do: a transaction that writes is alone."""
