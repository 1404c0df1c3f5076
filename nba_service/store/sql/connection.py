"""One SQLAlchemy engine per process.

Made on first use and never carried over a fork. What the two databases need of an engine is in ``sqlite`` and
``postgresql``; this knows nothing of tables.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.pool import PoolProxiedConnection

from nba_service.settings import Durability
from nba_service.store.sql.dialect import Dialect, EngineOptions
from nba_service.store.sql.dialects import dialect_named
from nba_service.store.sql.driver_errors import DRIVER_ERRORS, store_error
from nba_service.store.sql.sqlite import WRITE_OPTION
from nba_service.store.sql.sqlite_driver import SqliteDriver

WRITE: Final = {WRITE_OPTION: True}
"""Execution options of a transaction that writes."""


class Database:
    """Hands out the engine of this process."""

    def __init__(self, url: str, *, durability: Durability, timeout_ms: int, pool_size: int = 8) -> None:
        self.url = _with_driver(url)
        self.timeout_ms = timeout_ms
        self.durability = durability
        self._options = EngineOptions(durability=durability, timeout_ms=timeout_ms, pool_size=pool_size)
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._pid = -1
        self.dialect: Dialect = dialect_named(self.url.get_backend_name())
        self.sqlite_driver = SqliteDriver(self._separate_sqlite)

    def engine(self) -> Engine:
        """The engine of this process; after a fork the child makes its own."""
        if self._engine is None or self._pid != os.getpid():
            with self._lock:
                if self._engine is None or self._pid != os.getpid():
                    self._engine, self._pid = self.dialect.engine(self.url, self._options), os.getpid()
        return self._engine

    @contextmanager
    def transaction(self, *, write: bool = False, hurried: bool = False) -> Iterator[Connection]:
        """A connection inside one transaction; raises what the driver raises.

        ``hurried``: it writes for several callers, so it waits only a moment for locks of other hosts.
        """
        with self.engine().connect() as connection:
            if write:
                connection = connection.execution_options(**WRITE)
            with connection.begin():
                if write and not hurried:
                    self.dialect.wait_for_locks(connection, self.timeout_ms // 2)
                yield connection

    def close(self) -> None:
        """Give back all connections of this process."""
        self.sqlite_driver.close()
        with self._lock:
            if self._engine is not None and self._pid == os.getpid():
                self._engine.dispose()
            self._engine = None

    def driver_connection(self) -> PoolProxiedConnection:
        """A connection of the pool without SQLAlchemy around it; raises what SQLAlchemy would raise."""
        engine = self.engine()
        errors = engine.dialect.loaded_dbapi.Error
        try:
            return engine.raw_connection()
        except errors as error:  # of a server that is away: the pool lets it through as it is
            raise sa.exc.DBAPIError.instance(None, None, error, errors) from error

    def scrub(self) -> bool:
        """Take out of the database's own files what erased rows left there; whether that is done."""
        connection = self.driver_connection()
        try:
            return self.dialect.scrub(connection)
        finally:
            connection.close()

    def shorten_log(self) -> None:
        """Do what a commit would have to do otherwise once the log of writes is long."""
        connection = self.driver_connection()
        try:
            self.dialect.shorten_log(connection)
        finally:
            connection.close()

    def _separate_sqlite(self) -> sqlite3.Connection:
        """A connection of SQLite's driver, set up like all others, that the pool does not know any more."""
        connection = self.driver_connection()
        connection.detach()
        return cast("sqlite3.Connection", connection.dbapi_connection)


@contextmanager
def translated() -> Iterator[None]:
    """Driver errors become ``StoreError``, without statements or values in their text."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise store_error(error) from error


@contextmanager
def translated_transaction(database: Database, *, write: bool = False) -> Iterator[Connection]:
    """As ``Database.transaction``; raises ``StoreError``."""
    with translated(), database.transaction(write=write) as connection:
        yield connection


def _with_driver(url: str) -> URL:
    """The URL with the one driver that is used for its database."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    return parsed
