"""Each database has its strategy, found by name and by connection."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from nba_service.store.sql.connection import Database
from nba_service.store.sql.dialects import dialect_named, dialect_of
from nba_service.store.sql.tables import marks


def test_a_connection_leads_to_the_dialect_of_its_database(database: Database) -> None:
    with database.transaction() as connection:
        assert dialect_of(connection) is database.dialect
    assert dialect_named(database.dialect.name) is database.dialect
    assert database.url.get_backend_name() == database.dialect.name


def test_a_database_without_a_strategy_is_unknown() -> None:
    with pytest.raises(KeyError):
        dialect_named("mysql")


def test_an_insert_may_say_what_happens_on_a_conflict(database: Database) -> None:
    with database.transaction(write=True) as connection:
        connection.execute(sa.text("CREATE TABLE marks (name TEXT PRIMARY KEY, at BIGINT NOT NULL)"))
        insert = database.dialect.insert(marks).on_conflict_do_nothing()
        for at in (1, 2):
            connection.execute(insert, {"name": "exported", "at": at})
        assert connection.execute(sa.select(marks.c.at)).scalars().all() == [1]


def test_a_statement_runs_through_the_driver_as_it_is_marked(database: Database) -> None:
    text = database.dialect.driver_text("SELECT CAST(:one AS TEXT), CAST(:two AS TEXT), CAST(:one AS TEXT)")
    with database.engine().connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        row = driver.execute(text, {"one": "a", "two": "b"}).fetchone()
        assert tuple(row) == ("a", "b", "a")


def test_a_lock_is_held_until_the_transaction_ends(database: Database) -> None:
    with database.transaction(write=True) as connection:
        database.dialect.lock(connection, 0x7E57)
        database.dialect.lock(connection, 0x7E57)
    with database.transaction(write=True) as connection:
        database.dialect.lock(connection, 0x7E57)
