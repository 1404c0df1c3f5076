"""Which strategy belongs to a database."""

from __future__ import annotations

from typing import Final

from sqlalchemy.engine import Connection

from nba_service.store.sql.dialect import Dialect
from nba_service.store.sql.postgresql import PostgresDialect
from nba_service.store.sql.sqlite import SqliteDialect

_BY_NAME: Final[dict[str, Dialect]] = {"sqlite": SqliteDialect(), "postgresql": PostgresDialect()}


def dialect_named(name: str) -> Dialect:
    """The strategy for a database by SQLAlchemy's name of it (``URL.get_backend_name``)."""
    return _BY_NAME[name]


def dialect_of(connection: Connection) -> Dialect:
    """The strategy for the database at the other end of a connection."""
    return _BY_NAME[connection.dialect.name]
