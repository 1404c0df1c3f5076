"""An error of the driver is a value's fault, somebody else's turn, or a store that cannot answer."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa

from nba_service.errors import ContentionError, StoreError, StoreRefusalError
from nba_service.store.sql.connection import Database
from nba_service.store.sql.driver_errors import is_contention, store_error


class _OfServer(Exception):  # noqa: N818 - as psycopg's, which may not be installed
    """An error with the code that a server gives."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("a secret value")
        self.sqlstate = sqlstate


def of_server(sqlstate: str, *, gone: bool = False) -> Exception:
    return sa.exc.DBAPIError("SELECT 'secret'", None, _OfServer(sqlstate), connection_invalidated=gone)


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03"])
def test_who_had_to_give_way_may_ask_again(sqlstate: str) -> None:
    assert is_contention(of_server(sqlstate))
    assert type(store_error(of_server(sqlstate))) is ContentionError


@pytest.mark.parametrize(
    "error", [of_server("22021"), of_server("23502"), of_server("54000"), OverflowError()]
)
def test_a_value_that_cannot_be_stored_is_refused(error: Exception) -> None:
    assert type(store_error(error)) is StoreRefusalError


@pytest.mark.parametrize("error", [of_server("57P01"), of_server("22021", gone=True), sa.exc.TimeoutError()])
def test_a_store_that_is_away_or_full_does_not_answer(error: Exception) -> None:
    assert type(store_error(error)) is StoreError
    assert not is_contention(error)


def test_no_text_holds_statements_or_values() -> None:
    for sqlstate in ("40001", "22021", "57P01"):
        assert "secret" not in str(store_error(of_server(sqlstate)))


def test_a_constraint_is_a_refusal_on_each_database(database: Database) -> None:
    with database.transaction(write=True) as connection:
        connection.execute(sa.text("CREATE TABLE marks (name TEXT PRIMARY KEY, at BIGINT NOT NULL)"))

    with pytest.raises(sa.exc.IntegrityError) as raised, database.transaction(write=True) as connection:
        connection.execute(sa.text("INSERT INTO marks (name) VALUES ('x')"))

    assert type(store_error(raised.value)) is StoreRefusalError


def test_a_locked_file_does_not_answer() -> None:
    locked = sa.exc.OperationalError("BEGIN", None, sqlite3.OperationalError("database is locked"))

    assert type(store_error(locked)) is StoreError
