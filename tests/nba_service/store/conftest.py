"""A store on each backend; on PostgreSQL each test has a schema of its own (``postgres_url``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nba_service.settings import Durability
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from tests.conftest import postgres_schema


def _postgres_database(server: str) -> Iterator[Database]:
    with postgres_schema(server) as url:
        database = Database(url, durability=Durability.COMMIT, timeout_ms=5_000)
        try:
            yield database
        finally:
            database.close()


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    """A PostgreSQL, for what only it has."""
    yield from _postgres_database(postgres_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=Durability.COMMIT, timeout_ms=5_000)
        yield made
        made.close()
        return
    yield from _postgres_database(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(database: Database) -> SqlStore:
    made = SqlStore(database)
    made.migrate()
    return made
