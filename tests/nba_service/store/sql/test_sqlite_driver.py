"""SQLite's driver used directly: the same rows and words as through SQLAlchemy, the same errors."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_service.settings import Durability
from nba_service.store.rows import Claim, DecisionRow, Seat, StoredState, Written
from nba_service.store.sql import row_codec as columns
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.batch import Writer
from nba_service.store.writes.group_commit import PendingWrite
from tests.nba_service.store.row_builders import decision, interaction

_NAMES = itertools.count()


class _ThroughSqlalchemy(Writer):
    """The writer as it is on PostgreSQL."""

    def _transaction(self, part: Sequence[PendingWrite]) -> Any:
        return self._database.transaction(write=True)


def _database(folder: Path) -> Database:
    name = next(_NAMES)
    return Database(f"sqlite:///{folder}/{name}.sqlite", durability=Durability.ASYNC, timeout_ms=5_000)


_claims = st.one_of(
    st.none(),
    st.builds(
        Claim,
        version=st.one_of(st.none(), st.integers(0, 3)),
        seats=st.sampled_from([(), (Seat(channel="phone", day=1, most=2),)]),
    ),
)
_decisions = st.tuples(
    st.sampled_from(["d1", "d2", "d3", "d4", "d5"]),
    st.sampled_from(["ada", "bob"]),
    st.integers(1, 5),
    st.sampled_from(["{}", '{"another":1}']),
    _claims,
)
_lines = st.lists(st.lists(st.lists(_decisions, min_size=1, max_size=3), min_size=1, max_size=3), max_size=5)


def _write(asked: Sequence[tuple[str, str, int, str, Claim | None]]) -> PendingWrite:
    unique = {key: (customer, at, answer, claim) for key, customer, at, answer, claim in asked}
    rows = [
        columns.decision_columns(decision(key, customer=customer, at=at, answer=answer))
        for key, (customer, at, answer, _) in unique.items()
    ]
    claims = {key: claim for key, (*_, claim) in unique.items() if claim is not None}
    return PendingWrite("decisions", rows, list(unique), claims=claims)


def _everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.engine().connect() as connection:
        return {
            name: sorted(tuple(row) for row in connection.execute(sa.text(f"SELECT * FROM {name}")))  # noqa: S608
            for name in ("decisions", "people", "capacity")
        }


@settings(max_examples=40, deadline=None)
@given(lines=_lines)
def test_lines_of_decisions_go_as_through_sqlalchemy(
    lines: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever conflicts, is refused or repeats: both ways tell and keep the same."""
    told: list[list[Written]] = []
    kept = []
    for kind in (Writer, _ThroughSqlalchemy):
        database = _database(tmp_path_factory.mktemp("direct"))
        store = SqlStore(database)
        store.migrate()
        writer = kind(database, store._people)
        outcomes = []
        for line in lines:
            writes = [_write(asked) for asked in line]
            writer.write(writes)
            outcomes += [write.outcome() for write in writes]
        told.append(outcomes)
        kept.append(_everything(database))
        database.close()
    assert told[0] == told[1]
    assert kept[0] == kept[1]


def test_an_id_and_a_state_are_read_as_each_by_itself(store: SqlStore) -> None:
    store.add_interactions([interaction("i", at=500)])
    row = replace(decision("d", at=600), state=b"s")
    assert isinstance(store.decision_or_past("d", "c"), StoredState)
    store.add_decisions([row])
    assert store.decision_or_past("d", "c") == row == store.decisions(["d"])["d"]
    for customer in ("c", "nobody"):
        assert store.decision_or_past("other", customer) == store.past(customer)


def test_what_fails_is_undone_and_raised_as_sqlalchemy_does(tmp_path: Path) -> None:
    database = _database(tmp_path)
    SqlStore(database).migrate()
    statement = "INSERT INTO people (customer_id, version, latest_at) VALUES ('ada', 1, 1)"

    def write(second: str, error: Exception | None = None) -> None:
        with database.sqlite_driver.writing() as connection:
            connection.execute(statement)
            connection.execute(second)
            if error is not None:
                raise error

    with pytest.raises(sa.exc.IntegrityError):
        write(statement)
    with pytest.raises(KeyError):
        write("SELECT 1", KeyError())
    with database.sqlite_driver.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM people").fetchone() == (0,)
    database.close()


def test_what_another_process_holds_is_waited_for_and_then_an_error(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=Durability.COMMIT, timeout_ms=10)
    SqlStore(database).migrate()
    other = sqlite3.connect(tmp_path / "nba.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sa.exc.OperationalError, match="locked"), database.sqlite_driver.writing():
        pass
    other.close()
    with database.sqlite_driver.writing():
        pass
    database.close()


def test_no_connection_is_carried_over_a_fork(tmp_path: Path) -> None:
    database = _database(tmp_path)
    SqlStore(database).migrate()
    with database.sqlite_driver.reading() as connection:
        mine = id(connection)
    child = os.fork()
    if child == 0:
        with database.sqlite_driver.reading() as connection:
            os._exit(3 if id(connection) == mine else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with database.sqlite_driver.reading() as connection:
        assert id(connection) == mine
    database.close()


@pytest.mark.parametrize("durability", list(Durability))
def test_direct_connections_are_as_durable_as_asked(tmp_path: Path, durability: Durability) -> None:
    expected = {Durability.COMMIT: 2, Durability.FLUSH: 1, Durability.ASYNC: 0}[durability]
    database = Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=durability, timeout_ms=5_000)
    with database.sqlite_driver.writing() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (expected,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


def test_a_row_of_a_decision_needs_no_conversion_by_sqlalchemy() -> None:
    """The driver takes every value of a decision as it is."""
    row: DecisionRow = decision("d")
    plain = (str, int, float, bytes, type(None))
    assert all(isinstance(value, plain) for value in columns.decision_columns(row).values())
