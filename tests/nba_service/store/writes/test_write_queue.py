"""The queue of writes: what waits is written before what depends on it, decisions never wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from nba_service.settings import Durability
from nba_service.store.rows import Written
from nba_service.store.sql.connection import Database
from nba_service.store.sql.row_codec import decision_columns, interaction_columns
from nba_service.store.sql.tables import people
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.person_versions import People
from nba_service.store.writes.write_queue import NOTHING_WRITTEN, WriteQueue, keys_of
from tests.nba_service.store.row_builders import decision, interaction

VISIT = interaction_columns(interaction("i"))


@pytest.fixture
def asynchronous(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite", durability=Durability.ASYNC, timeout_ms=5_000)
    SqlStore(database).migrate()
    yield database
    database.close()


def queue_of(database: Database) -> WriteQueue:
    return WriteQueue(database, People(database.dialect))


def test_a_write_is_there_when_it_is_answered(store: SqlStore, database: Database) -> None:
    queue = queue_of(database)

    assert queue.add("interactions", []) is NOTHING_WRITTEN
    assert queue.add("interactions", [VISIT]) == Written(new=1, known=0)
    assert queue.add("interactions", [VISIT]) == Written(new=0, known=1)
    assert queue.writers == {"sqlite": 1, "postgresql": 4}[database.dialect.name]
    assert store.known_interactions(["i"]) == {"i"}


def test_what_waits_is_written_when_somebody_catches_up(asynchronous: Database) -> None:
    queue, store = queue_of(asynchronous), SqlStore(asynchronous)
    rows = [interaction_columns(interaction(f"i{number}")) for number in range(50)]
    for row in rows:
        assert queue.add("interactions", [row]) == Written(new=1, known=0)

    queue.catch_up()

    assert len(store.known_interactions([row["interaction_id"] for row in rows])) == 50
    queue.close()


def test_a_decision_is_written_at_once_though_events_wait(asynchronous: Database) -> None:
    queue = queue_of(asynchronous)

    queue.add("decisions", [decision_columns(decision("d"))])

    assert SqlStore(asynchronous).known_decisions(["d"]) == {"d"}
    queue.close()


def test_an_import_names_what_is_stored_otherwise(store: SqlStore, database: Database) -> None:
    queue = queue_of(database)
    queue.load("interactions", [VISIT])
    other = interaction_columns(interaction("i", touchpoint="other"))

    written = queue.load("interactions", [other, interaction_columns(interaction("j"))])

    assert written == Written(new=1, known=1, conflicts=("i",))
    assert keys_of("interactions", [VISIT]) == ["i"]


def test_a_person_whom_somebody_else_has_locked_keeps_nobody_else_waiting(
    postgres_database: Database,
) -> None:
    """An operator's open transaction, say: others in the same line are written, this one is told later."""
    store, began = SqlStore(postgres_database), threading.Event()
    store.migrate()
    store.add_interactions([interaction("first", customer="hot")])

    def about_the_hot_one() -> Written:
        began.set()
        return store.add_interactions([interaction("held", customer="hot")])

    with ThreadPoolExecutor(12) as pool:
        with postgres_database.transaction(write=True) as other:
            other.execute(sa.select(people).where(people.c.customer_id == "hot").with_for_update())
            held = pool.submit(about_the_hot_one)
            began.wait(30)
            done = [
                pool.submit(store.add_interactions, [interaction(f"i{n}", customer=f"c{n}")])
                for n in range(40)
            ]
            assert {one.result(timeout=60).new for one in done} == {1}
            assert not held.done(), "it waits for the lock, and is not refused"
        assert held.result(timeout=60).new == 1
