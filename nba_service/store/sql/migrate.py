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

HEAD: Final = "0023"
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
        found = current_revision(connection)
    if found == revision:
        return
    _refuse_newer(found)
    _run(database, "upgrade", revision)


def downgrade(database: Database, revision: str) -> None:
    """Migrate down, ``base`` for an empty database."""
    _run(database, "downgrade", revision)


def check(database: Database) -> None:
    """Raises ``StoreError`` unless the schema is this version's."""
    with database.engine().connect() as connection:
        revision = current_revision(connection)
    _refuse_newer(revision)
    if revision != HEAD:
        raise StoreError(
            f"The store has schema {revision or 'none'}, this version needs {HEAD}."
            " Start `nba serve` or run `nba doctor --migrate`: both migrate."
        )


def _refuse_newer(revision: str | None) -> None:
    """Say of a schema that no migration of this version leads to what can be done about it."""
    if revision is not None and revision not in known_revisions():
        raise StoreError(
            f"The store has schema {revision}, which a newer version made; this one knows those up to {HEAD}."
            " Install the newer version again, or restore the backup from before it."
        )


def known_revisions() -> frozenset[str]:
    """The revisions that this version has migrations for."""
    folder = Path(__file__).parents[1] / "migrations" / "versions"
    return frozenset(path.name.partition("_")[0] for path in folder.glob("[0-9]*.py"))


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
