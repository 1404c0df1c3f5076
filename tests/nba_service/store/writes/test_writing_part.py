"""A write about people is whole, and is done again where it had to give way."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.errors import ContentionError, StoreError
from nba_service.store.sql.connection import Database
from nba_service.store.sql.tables import marks
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.writing_part import WritingPart


@pytest.fixture
def part(store: SqlStore, database: Database) -> WritingPart:
    return WritingPart(database)


def names(database: Database) -> list[str]:
    with database.transaction() as connection:
        return list(connection.execute(sa.select(marks.c.name)).scalars())


def add(connection: Connection, name: str) -> None:
    connection.execute(sa.insert(marks), {"name": name, "at": 1})


def deadlocked() -> Exception:
    class GaveWayError(Exception):
        sqlstate = "40P01"

    return sa.exc.OperationalError("UPDATE", {}, GaveWayError())


def test_what_the_work_returns_comes_back_and_is_stored(part: WritingPart, database: Database) -> None:
    def work(connection: Connection) -> int:
        add(connection, "done")
        return 7

    assert part._write(work) == 7
    assert names(database) == ["done"]


def test_an_attempt_that_gave_way_leaves_nothing_and_is_done_again(
    part: WritingPart, database: Database
) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> int:
        attempts.append(1)
        add(connection, f"attempt {len(attempts)}")
        if len(attempts) < 3:
            raise deadlocked()
        return len(attempts)

    assert part._write(work) == 3
    assert names(database) == ["attempt 3"]


def test_what_gives_way_each_time_is_contention(part: WritingPart, database: Database) -> None:
    def work(connection: Connection) -> None:
        add(connection, "never")
        raise deadlocked()

    with pytest.raises(ContentionError):
        part._write(work)
    assert names(database) == []


def test_another_error_is_the_callers_at_once(part: WritingPart, database: Database) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        add(connection, "never")
        raise StoreError("The disk is full.")

    with pytest.raises(StoreError, match="disk"):
        part._write(work)
    assert (len(attempts), names(database)) == (1, [])
