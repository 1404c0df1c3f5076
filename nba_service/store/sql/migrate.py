"""Brings a database to the schema of this version.

Alembic is imported only when there is something to do: a started service asks one cheap question.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.errors import StoreError
from nba_service.store.sql.connection import WRITE, Database

HEAD: Final = "0011"
"""The newest revision; a test compares it with the files in ``migrations/versions``."""

_ADVISORY_LOCK: Final = 0x4E4241  # "NBA": one migration at a time on a server


def current_revision(connection: Connection) -> str | None:
    """The schema's revision; None for an empty database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(database: Database, revision: str = HEAD) -> None:
    """Migrate up; of many processes at once the first does it."""
    with database.engine().connect() as connection:
        if current_revision(connection) == revision:
            return
    _run(database, "upgrade", revision)


def downgrade(database: Database, revision: str) -> None:
    """Migrate down, ``base`` for an empty database."""
    _run(database, "downgrade", revision)


def check(database: Database) -> None:
    """Raises ``StoreError`` unless the schema is this version's."""
    with database.engine().connect() as connection:
        revision = current_revision(connection)
    if revision != HEAD:
        raise StoreError(
            f"The store has schema {revision or 'none'}, this version needs {HEAD}."
            " Start `nba serve` or run `nba doctor --migrate`: both migrate."
        )


def _run(database: Database, direction: str, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    with database.engine().connect().execution_options(**WRITE) as connection, connection.begin():
        if database.dialect.has_server:
            connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
            connection.execute(sa.text("SET LOCAL lock_timeout = 0"))
        database.dialect.lock(connection, _ADVISORY_LOCK)
        if direction == "upgrade" and current_revision(connection) == revision:
            return  # another process was faster
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
        config.attributes["connection"] = connection
        getattr(command, direction)(config, revision)
