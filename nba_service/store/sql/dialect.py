"""What the store asks of a database, where SQLite and PostgreSQL differ.

One object per database (``sqlite``, ``postgresql``) answers; ``dialects`` finds it by name or connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection

from nba_service.settings import Durability

Insert = postgresql.Insert | sqlite.Insert
"""An INSERT that may say what happens on a conflict; both databases spell it alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """How connections are set up.

    Attributes:
        timeout_ms: the longest wait for a lock (SQLite), for the server or a statement (PostgreSQL).
        pool_size: connections that are kept; as many again are made when they are needed.
    """

    durability: Durability
    timeout_ms: int
    pool_size: int


class Dialect(Protocol):
    """One kind of database."""

    @property
    def name(self) -> str:
        """As SQLAlchemy calls it."""

    @property
    def writers(self) -> int:
        """How many transactions of a process are worth having at once."""

    @property
    def has_server(self) -> bool:
        """Whether each statement is a journey to a server.

        Then few statements pay, rows are locked one by one, and locks are taken in one order. Otherwise one
        lock holds for everything.
        """

    @property
    def divides_by_month(self) -> bool:
        """Whether decisions and interactions lie in a partition per month.

        Their ids are in tables of their own then.
        """

    def engine(self, url: URL, options: EngineOptions) -> Engine:
        """An engine whose connections are set up; nothing is connected yet.

        Raises:
            StoreError: the driver is not installed.
        """

    def insert(self, table: sa.Table) -> Insert:
        """An INSERT into a table."""

    def wait_for_locks(self, connection: Connection, milliseconds: int) -> None:
        """Let this transaction wait so long for rows that others have locked, instead of a moment."""

    def driver_text(self, text: str) -> str:
        """A statement whose parameters (``:name``) are marked as the driver wants them."""

    def scrub(self, connection: DBAPIConnection) -> bool:
        """Take out of the database's own files what erased rows left there; whether that is done.

        The connection is the driver's own, outside of any transaction.
        """

    def shorten_log(self, connection: DBAPIConnection) -> None:
        """Move what was committed out of the log, so that no request has to; connection as for ``scrub``."""

    def damage(self, connection: Connection) -> str | None:
        """What is wrong with the database's own files, as far as reading them all shows it."""

    def lock(self, connection: Connection, number: int) -> None:
        """Hold the lock ``number`` until the transaction ends."""

    def share_lock(self, connection: Connection, number: int) -> None:
        """Hold it together with others who share it: who wants it alone waits."""
