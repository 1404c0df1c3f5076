"""PostgreSQL: a server, rows locked one by one, tables divided by month."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from nba_service.errors import StoreError
from nba_service.settings import Durability
from nba_service.store.sql.dialect import EngineOptions

if TYPE_CHECKING:  # an extra, which an installation for SQLite does not have
    import psycopg

_IDLE_S: Final = 1.0
_A_MOMENT_MS: Final = 100
"""How long a write for several callers waits for a row that another host has locked: others wait with it."""
_PARAMETER: Final = re.compile(r":(\w+)")


class PostgresDialect:
    """See ``Dialect``."""

    name: Final = "postgresql"
    writers: Final = 4  # it flushes several commits as one
    has_server: Final = True
    divides_by_month: Final = True

    def engine(self, url: URL, options: EngineOptions) -> Engine:
        timeout_ms = options.timeout_ms
        try:
            engine = sa.create_engine(
                url,
                pool_size=options.pool_size,
                max_overflow=options.pool_size,
                pool_timeout=timeout_ms / 1000,
                connect_args={
                    "connect_timeout": max(2, timeout_ms // 1000),
                    "tcp_user_timeout": timeout_ms,
                    "keepalives_idle": 30,
                    "keepalives_interval": 5,
                },
            )
        except ModuleNotFoundError as error:
            raise StoreError(
                f"PostgreSQL needs the package {error.name!r}, which is not installed."
                " Install it with: pip install -e '.[postgres]'"
            ) from None
        commit = "on" if options.durability is Durability.COMMIT else "off"

        _ping_the_idle(engine)

        @event.listens_for(engine, "connect")
        def prepare(connection: psycopg.Connection, _record: object) -> None:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"SET statement_timeout = {timeout_ms}")
                cursor.execute(f"SET lock_timeout = {min(_A_MOMENT_MS, max(1, timeout_ms // 2))}")
                cursor.execute(f"SET synchronous_commit = {commit}")
                cursor.execute("SET jit = off")  # compiling the count of responses takes 40 times its run
            connection.autocommit = False

        return engine

    def insert(self, table: sa.Table) -> postgresql.Insert:
        return postgresql.insert(table)

    def wait_for_locks(self, connection: Connection, milliseconds: int) -> None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, milliseconds)}")

    def driver_text(self, text: str) -> str:
        return _PARAMETER.sub(r"%(\1)s", text)

    def scrub(self, connection: DBAPIConnection) -> bool:
        """Nothing to do: autovacuum takes out what was erased, and the server recycles its log."""
        return True

    def shorten_log(self, connection: DBAPIConnection) -> None:
        """Nothing to do: the server does it by itself."""

    def damage(self, connection: Connection) -> str | None:
        """Nothing is looked for: the server checks what it reads, if it was set up with checksums."""

    def lock(self, connection: Connection, number: int) -> None:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))

    def share_lock(self, connection: Connection, number: int) -> None:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(number)))


def _ping_the_idle(engine: Engine) -> None:
    """Ask a connection that was idle whether it still lives.

    Asking each time would cost a journey a read. One that is gone takes all the idle ones with it: the
    server was started again.
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        idle_since = record.info.get("idle_since")
        if idle_since is None or time.monotonic() - idle_since < _IDLE_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError from error
