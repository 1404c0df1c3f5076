"""A part of the store works over a database by itself, each call in a transaction of its own."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from nba_service.errors import StoreError
from nba_service.store.sql.connection import Database
from nba_service.store.sql.sql_part import SqlPart
from nba_service.store.sql.tables import marks
from nba_service.store.sql_store import SqlStore


def count(part: SqlPart) -> int:
    with part._transaction() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(marks)).scalar_one())


def test_what_is_raised_inside_undoes_all(store: SqlStore, database: Database) -> None:
    part = SqlPart(database)
    row = {"name": "exported", "at": 1}

    def fail() -> None:
        with part._transaction(write=True) as connection:
            connection.execute(sa.insert(marks), row)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert count(part) == 0

    with part._transaction(write=True) as connection:
        connection.execute(sa.insert(marks), row)

    assert count(part) == 1


def test_an_error_of_the_driver_is_a_store_error_without_values(database: Database) -> None:
    part = SqlPart(database)

    with pytest.raises(StoreError) as raised, part._transaction() as connection:
        connection.execute(sa.text("SELECT 'secret' FROM nowhere"))

    assert "secret" not in str(raised.value)
