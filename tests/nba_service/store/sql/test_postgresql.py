"""What only PostgreSQL does: locks by number, several writers, and a driver that may be missing."""

from __future__ import annotations

import sys

import pytest
import sqlalchemy as sa

from nba_service.errors import StoreError
from nba_service.settings import Durability
from nba_service.store.sql.connection import Database


def test_another_transaction_cannot_take_the_lock(postgres_database: Database) -> None:
    attempt = sa.text("SELECT pg_try_advisory_xact_lock(:number)")
    with postgres_database.transaction(write=True) as connection:
        postgres_database.dialect.lock(connection, 0x7E57)
        with postgres_database.transaction() as other:
            assert other.execute(attempt, {"number": 0x7E57}).scalar_one() is False
    with postgres_database.transaction() as other:
        assert other.execute(attempt, {"number": 0x7E57}).scalar_one() is True


def test_a_statement_takes_no_longer_than_the_timeout(postgres_database: Database) -> None:
    with postgres_database.transaction() as connection:
        assert connection.execute(sa.text("SHOW statement_timeout")).scalar_one() == "5s"
        assert connection.execute(sa.text("SHOW jit")).scalar_one() == "off"


def test_it_locks_rows_on_a_server_and_divides_by_month(postgres_database: Database) -> None:
    dialect = postgres_database.dialect

    assert (dialect.writers, dialect.has_server, dialect.divides_by_month) == (4, True, True)


def test_without_its_driver_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    database = Database("postgresql://nowhere/x", durability=Durability.COMMIT, timeout_ms=100)

    with pytest.raises(StoreError, match="pip install -e"):
        database.engine()
