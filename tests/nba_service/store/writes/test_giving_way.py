"""A transaction that had to give way is run again; anything else is the caller's to know."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from nba_service.errors import StoreError
from nba_service.store.sql.connection import Database, translated_transaction
from nba_service.store.writes.giving_way import TRIES, gave_way, until_done


@pytest.fixture
def two_rows(postgres_database: Database) -> Database:
    with postgres_database.transaction(write=True) as connection:
        connection.execute(sa.text("CREATE TABLE pair (id text PRIMARY KEY, n int)"))
        connection.execute(sa.text("INSERT INTO pair VALUES ('a', 0), ('b', 0)"))
    return postgres_database


def raising(database: Database, order: str, together: threading.Barrier) -> Callable[[], None]:
    """Adds one to both rows in this order; the first time each holds one row and waits for the other."""
    first_time = [True]

    def work() -> None:
        with translated_transaction(database, write=True) as connection:
            for place, name in enumerate(order):
                if place and first_time:
                    first_time.clear()
                    together.wait()
                connection.execute(sa.text("UPDATE pair SET n = n + 1 WHERE id = :id"), {"id": name})

    return work


def test_of_two_that_wait_for_each_other_both_are_done(two_rows: Database) -> None:
    together = threading.Barrier(2)
    errors: list[Exception] = []

    def run(order: str) -> None:
        try:
            until_done(raising(two_rows, order, together))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(order,)) for order in ("ab", "ba")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    with two_rows.transaction() as connection:
        assert connection.execute(sa.text("SELECT n FROM pair ORDER BY id")).scalars().all() == [2, 2]


def given_way() -> StoreError:
    class OriginalError(Exception):
        sqlstate = "40P01"

    error = StoreError("no")
    error.__cause__ = sa.exc.OperationalError("UPDATE", {}, OriginalError())
    return error


def test_who_gives_way_each_time_hears_of_it() -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        raise given_way()

    with pytest.raises(StoreError):
        until_done(work)
    assert len(calls) == TRIES


def test_other_errors_are_not_tried_again() -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        raise StoreError("The disk is full.")

    with pytest.raises(StoreError, match="disk"):
        until_done(work)
    assert len(calls) == 1


def test_what_giving_way_is() -> None:
    assert gave_way(given_way())
    assert not gave_way(StoreError("no"))
