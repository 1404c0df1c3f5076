"""Writes that are answered first: none is lost while the process lives, and the queue has an end."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from pathlib import Path

from nba_service.errors import StoreError
from nba_service.settings import Durability
from nba_service.store.rows import InteractionRow, OutcomeRow, Written
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.async_writes import AsyncWrites
from nba_service.store.writes.group_commit import PendingWrite


def interaction(key: str, customer: str = "c", touchpoint: str = "visit") -> InteractionRow:
    return InteractionRow(interaction_id=key, customer_id=customer, occurred_at=1_000, touchpoint=touchpoint)


def outcome(key: str, of: str = "d", name: str = "clicked") -> OutcomeRow:
    return OutcomeRow(outcome_id=key, decision_id=of, outcome=name, occurred_at=2_000)


def test_async_events_are_written_later_and_at_the_end_at_the_latest(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.sqlite"
    store = SqlStore(Database(url, durability=Durability.ASYNC, timeout_ms=1_000))
    store.migrate()
    for n in range(300):
        assert store.add_outcomes([outcome(f"o{n}")]).new == 1
    store.close()

    again = SqlStore(Database(url, durability=Durability.COMMIT, timeout_ms=1_000))
    assert len(again.scan("outcomes", "", 1_000)) == 300
    again.close()


def test_async_erasure_comes_after_what_was_told_before(tmp_path: Path) -> None:
    store = SqlStore(
        Database(f"sqlite:///{tmp_path}/x.sqlite", durability=Durability.ASYNC, timeout_ms=1_000)
    )
    store.migrate()
    store.add_interactions([interaction(f"i{n}", "c") for n in range(50)])
    store.erase("c", (f"gone-{n}" for n in itertools.count()))
    assert store.scan("interactions", "", 100) == []
    store.close()


def test_a_full_queue_makes_callers_write_for_themselves() -> None:
    go = threading.Event()
    written: list[str] = []

    def perform(line: Sequence[PendingWrite]) -> None:
        go.wait(10)
        written.extend(key for write in line for key in write.keys)

    later = AsyncWrites(perform, most=2)
    assert later.put(PendingWrite("outcomes", [{}], ["a"]))
    assert later.put(PendingWrite("outcomes", [{}], ["b"]))
    assert not later.put(PendingWrite("outcomes", [{}], ["c"]))
    go.set()
    later.drain(5)
    assert later.put(PendingWrite("outcomes", [{}], ["d"]))
    later.close(5)
    assert written == ["a", "b", "d"]


def test_a_queue_waits_for_a_store_that_does_not_answer() -> None:
    answers = iter([StoreError("gone"), None])

    def perform(line: Sequence[PendingWrite]) -> None:
        error = next(answers)
        for write in line:
            write.error, write.result = error, Written(new=1, known=0)

    later = AsyncWrites(perform)
    later.put(PendingWrite("outcomes", [{}], ["a"]))
    later.drain(5)
    assert list(answers) == []
    later.close(5)
