"""Every revision of the schema goes up, down and up again with rows in its tables, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.script import ScriptDirectory

from nba_service.store.lifetime.partitions import partitions_of
from nba_service.store.sql import migrate
from nba_service.store.sql.connection import WRITE, Database
from nba_service.store.sql.tables import TIME_OF, postgres_metadata
from nba_service.store.sql_store import SqlStore

FOLDER = Path(migrate.__file__).parents[1] / "migrations"


def revisions() -> list[str]:
    """Oldest first."""
    return [script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()][::-1]


def value(column: sa.Column[Any], number: int) -> object:
    """Something that the column takes; texts are JSON, as most of ours are."""
    if isinstance(column.type, sa.LargeBinary):
        return b"x"
    if column.name == "alias":
        return f"another-{number}"
    return number if isinstance(column.type, sa.Integer | sa.Numeric | sa.Float) else f'"{number}"'


def tables(connection: sa.Connection) -> set[str]:
    """What rows are written into: no partitions, and no ids, which triggers write."""
    found = set(sa.inspect(connection).get_table_names())
    parts = {part.name for table in TIME_OF for part in partitions_of(connection, table)}
    defaults = {f"{table}_default" for table in TIME_OF}
    return found - parts - defaults - set(postgres_metadata.tables) - {"alembic_version"}


def fill(database: Database, number: int) -> None:
    """A row in every table there is."""
    metadata = sa.MetaData()
    with database.engine().connect().execution_options(**WRITE) as connection, connection.begin():
        metadata.reflect(connection, only=tables(connection))
        for table in metadata.tables.values():
            connection.execute(sa.insert(table), {c.name: value(c, number) for c in table.columns})


def counts(database: Database) -> dict[str, int]:
    with database.engine().connect() as connection:
        names = tables(connection)
        return {
            name: connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one()
            for name in names
        }


def test_there_is_one_chain_that_ends_with_the_version_the_code_needs() -> None:
    assert ScriptDirectory(str(FOLDER)).get_heads() == [migrate.HEAD]


def test_every_revision_goes_up_down_and_up_with_rows_in_its_tables(database: Database) -> None:
    before = "base"
    for number, revision in enumerate(revisions()):
        migrate.upgrade(database, revision)
        fill(database, number)
        full = counts(database)
        migrate.downgrade(database, before)
        left = counts(database)
        migrate.upgrade(database, revision)
        assert {name: counts(database)[name] for name in left} == left
        assert all(left[name] == full[name] for name in left), (revision, left, full)
        before = revision
    SqlStore(database).check()
    migrate.downgrade(database, "base")
    assert counts(database) == {}


def test_the_migration_makes_exactly_the_tables_that_the_code_uses(
    store: SqlStore, database: Database
) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from nba_service.store.sql.tables import metadata, postgres_metadata

    ours = {*metadata.tables, *(postgres_metadata.tables if database.dialect.name == "postgresql" else ())}
    indexes = {index.name for table in metadata.tables.values() for index in table.indexes}

    def is_ours(name: str | None, kind: str, _parents: object) -> bool:
        """Partitions, and the times of ids, are nobody's but the migration's."""
        return {"table": name in ours, "index": name in indexes}.get(kind, True)

    with database.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        both = [metadata, *([postgres_metadata] if database.dialect.name == "postgresql" else [])]
        assert compare_metadata(context, both) == []


def test_head_is_the_newest_migration_file() -> None:
    folder = Path(migrate.__file__).parents[1] / "migrations" / "versions"
    assert max(path.name for path in folder.glob("[0-9]*.py")).startswith(migrate.HEAD)
