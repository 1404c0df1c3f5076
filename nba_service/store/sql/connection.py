"""One SQLAlchemy engine per process, made on first use and never carried over a fork.

Knows the two databases' own settings (WAL and ``synchronous`` of SQLite, timeouts and
``synchronous_commit`` of PostgreSQL); knows nothing of tables.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url

from nba_service.errors import StoreError
from nba_service.settings import Durability
from nba_service.store.sql.sqlite_driver import SqliteDriver

WRITE: Final = {"nba_write": True}
"""Execution options of a transaction that writes: SQLite then takes the lock at once."""

_IDLE_S: Final = 1.0
_SQLITE_SYNCHRONOUS: Final = {
    Durability.COMMIT: "FULL",
    Durability.FLUSH: "NORMAL",
    Durability.ASYNC: "OFF",
}


class Database:
    """Hands out the engine of this process."""

    def __init__(self, url: str, *, durability: Durability, timeout_ms: int, pool_size: int = 8) -> None:
        self.url = _normal(url)
        self.timeout_ms = timeout_ms
        self.durability = durability
        self._pool_size = pool_size
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._pid = -1
        self.sqlite_driver = SqliteDriver(self._separate)

    @property
    def dialect(self) -> str:
        return self.url.get_backend_name()

    def engine(self) -> Engine:
        """The engine of this process; after a fork the child makes its own."""
        if self._engine is None or self._pid != os.getpid():
            with self._lock:
                if self._engine is None or self._pid != os.getpid():
                    self._engine, self._pid = self._make(), os.getpid()
        return self._engine

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Connection]:
        """A connection inside one transaction; raises what the driver raises."""
        with self.engine().connect() as connection:
            if write:
                connection = connection.execution_options(**WRITE)
            with connection.begin():
                yield connection

    def close(self) -> None:
        self.sqlite_driver.close()
        with self._lock:
            if self._engine is not None and self._pid == os.getpid():
                self._engine.dispose()
            self._engine = None

    def driver_connection(self) -> Any:
        """A connection of the pool without SQLAlchemy around it; raises what SQLAlchemy would raise."""
        engine = self.engine()
        errors = engine.dialect.loaded_dbapi.Error
        try:
            return engine.raw_connection()
        except errors as error:  # of a server that is away: the pool lets it through as it is
            raise sa.exc.DBAPIError.instance(None, None, error, errors) from error

    def _separate(self) -> Any:
        """A connection of the driver, set up like all others, that the pool does not know any more."""
        connection = self.driver_connection()
        connection.detach()
        return connection.dbapi_connection

    def _make(self) -> Engine:
        if self.dialect == "sqlite":
            return self._make_sqlite()
        return self._make_postgres()

    def _make_sqlite(self) -> Engine:
        if self.url.database and self.url.database != ":memory:":
            path = Path(self.url.database)
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(OSError):  # a file that cannot be made is reported when it is opened
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # its journal files follow its mode
        engine = sa.create_engine(
            self.url,
            pool_size=self._pool_size,
            max_overflow=self._pool_size,
            poolclass=sa.pool.QueuePool,
            connect_args={"timeout": self.timeout_ms / 1000, "check_same_thread": False},
        )
        synchronous = _SQLITE_SYNCHRONOUS[self.durability]

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # transactions are begun below, not by sqlite3
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute(f"PRAGMA synchronous = {synchronous}")
            cursor.execute("PRAGMA cache_size = -2000")  # kB of each; a worker has a dozen connections
            cursor.execute("PRAGMA temp_store = MEMORY")
            cursor.close()

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            write = connection.get_execution_options().get("nba_write", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

        return engine

    def _make_postgres(self) -> Engine:
        try:
            engine = sa.create_engine(
                self.url,
                pool_size=self._pool_size,
                max_overflow=self._pool_size,
                pool_timeout=self.timeout_ms / 1000,
                connect_args={
                    "connect_timeout": max(2, self.timeout_ms // 1000),
                    "tcp_user_timeout": self.timeout_ms,
                    "keepalives_idle": 30,
                    "keepalives_interval": 5,
                },
            )
        except ModuleNotFoundError as error:
            raise StoreError(
                f"PostgreSQL needs the package {error.name!r}, which is not installed."
                " Install it with: pip install 'nba[postgres]'"
            ) from None
        commit = "on" if self.durability is Durability.COMMIT else "off"
        timeout_ms = self.timeout_ms

        _ping_the_idle(engine)

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"SET statement_timeout = {timeout_ms}")
                cursor.execute(f"SET synchronous_commit = {commit}")
                cursor.execute("SET jit = off")  # compiling the count of responses takes 40 times its run
            connection.autocommit = False

        return engine


def _ping_the_idle(engine: Engine) -> None:
    """Ask a connection that was idle whether it still lives; asking each time would cost a journey a read.

    One that is gone takes all the idle ones with it: the server was started again.
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: Any, record: Any, _proxy: Any) -> None:
        idle_since = record.info.get("idle_since")
        if idle_since is None or time.monotonic() - idle_since < _IDLE_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError from error


@contextmanager
def translated() -> Iterator[None]:
    """Driver errors become ``StoreError``, without statements or values in their text."""
    try:
        yield
    except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
        raise store_error(error) from error


@contextmanager
def translated_transaction(database: Database, *, write: bool = False) -> Iterator[Connection]:
    """As ``Database.transaction``; raises ``StoreError``."""
    with translated(), database.transaction(write=write) as connection:
        yield connection


def store_error(error: Exception) -> StoreError:
    """What the caller is told of an error of the driver."""
    cause = type(getattr(error, "orig", None) or error).__name__
    return StoreError(f"The store did not answer ({cause}). `nba doctor` says what is wrong with it.")


def _normal(url: str) -> URL:
    """The URL with the one driver that is used for its database."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    return parsed
