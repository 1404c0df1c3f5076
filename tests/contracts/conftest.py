"""A store on each backend: SQLite always; PostgreSQL where ``NBA_TEST_POSTGRES_URL`` names one or one listens
on 127.0.0.1:5432, each test in a schema of its own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from nba_service.settings import Durability
from nba_service.store.connection import Database
from nba_service.store.sql_store import SqlStore

POSTGRES_URL = os.environ.get("NBA_TEST_POSTGRES_URL", "postgresql://127.0.0.1:5432/postgres")


def _postgres_missing() -> str | None:
    """Why PostgreSQL cannot be tested here; None when it can."""
    try:
        import psycopg
    except ModuleNotFoundError:
        return "psycopg is not installed (pip install 'nba[postgres]')"
    try:
        psycopg.connect(POSTGRES_URL, connect_timeout=2).close()
    except psycopg.Error as error:
        return f"no PostgreSQL answers at {POSTGRES_URL.rsplit('@')[-1]}: {type(error).__name__}"
    return None


def _postgres_database() -> Iterator[Database]:
    import psycopg

    schema = f"nba_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    separator = "&" if "?" in POSTGRES_URL else "?"
    url = f"{POSTGRES_URL}{separator}options=-csearch_path%3D{schema}"
    database = Database(url, durability=Durability.COMMIT, timeout_ms=5_000)
    try:
        yield database
    finally:
        database.close()
        with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=Durability.COMMIT, timeout_ms=5_000)
        yield made
        made.close()
        return
    missing = _postgres_missing()
    if missing:
        pytest.skip(missing)
    yield from _postgres_database()


@pytest.fixture
def store(database: Database) -> SqlStore:
    made = SqlStore(database)
    made.migrate()
    return made
