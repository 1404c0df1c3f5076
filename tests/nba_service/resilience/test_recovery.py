"""The recovery worker: a store is back once it answers and has taken what waits."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nba_service.errors import StoreError
from nba_service.resilience import recovery
from nba_service.resilience.journal import Journal
from nba_service.resilience.records import Record, write_record
from nba_service.resilience.recovery import RecoveryWorker
from nba_service.resilience.replay import Replay
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.store import open_store
from nba_service.store.rows import InteractionRow
from tests.waiting import wait_until

FAR = 10**15
VISIT = Record(
    kind="interactions",
    rows=(InteractionRow(interaction_id="i", customer_id="c", occurred_at=1, touchpoint="visit"),),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ResilientStore]:
    plain = open_store(Settings(database_url=f"sqlite:///{tmp_path}/nba.sqlite"))
    plain.migrate()
    journal = Journal(tmp_path / "journal", 1_000_000)
    yield ResilientStore(plain, journal, most_calls=4, read_seconds=5.0, write_seconds=5.0)
    plain.close()


def worker_of(store: ResilientStore, *, on: bool = False) -> RecoveryWorker:
    numbers = itertools.count()
    return RecoveryWorker(store, Replay(store.journal, store.plain, lambda: str(next(numbers))), on=on)


def test_a_store_that_answers_takes_what_waits_and_is_back(store: ResilientStore) -> None:
    store.journal.append(write_record(VISIT))
    store.breaker.trip()

    worker_of(store).look()

    assert store.journal.empty
    assert store.breaker.closed
    assert [event.key for event in store.state("c", FAR, 10).events] == ["i"]


def test_a_store_that_does_not_answer_stays_away(
    store: ResilientStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise StoreError("It is away.")

    store.journal.append(write_record(VISIT))
    store.breaker.trip()
    monkeypatch.setattr(store.plain, "check", away)

    worker_of(store).look()

    assert not store.breaker.closed
    assert not store.journal.empty


def test_a_replay_that_fails_opens_the_breaker(
    store: ResilientStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_rows: object) -> None:
        raise StoreError("It is away.")

    store.journal.append(write_record(VISIT))
    monkeypatch.setattr(store.plain, "add_interactions", fail)

    worker_of(store).look()

    assert not store.breaker.closed
    assert not store.journal.empty


def test_months_are_kept_once_a_day_and_not_while_the_store_is_away(
    store: ResilientStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    monkeypatch.setattr(store.plain, "keep_months", kept.append)
    worker = worker_of(store)
    worker.keep_months()
    assert kept == []

    monkeypatch.setattr(recovery, "_DAY_SECONDS", 0.0)
    due = worker_of(store)
    monkeypatch.undo()
    monkeypatch.setattr(store.plain, "keep_months", kept.append)
    store.breaker.trip()
    due.keep_months()
    assert kept == []
    store.breaker.close()
    due.keep_months()
    due.keep_months()
    assert len(kept) == 1


def test_the_log_of_writes_is_shortened_once_a_second(
    store: ResilientStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    shortened: list[None] = []
    monkeypatch.setattr(store.plain, "shorten_log", lambda: shortened.append(None))
    worker = worker_of(store)
    worker.shorten_log()
    assert shortened == []

    monkeypatch.setattr(recovery, "_LOG_SECONDS", 0.0)
    due = worker_of(store)
    due.shorten_log()
    due.shorten_log()
    assert len(shortened) == 2


def test_a_started_worker_replays_by_itself_and_outlives_an_error(
    store: ResilientStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, failed, look = worker_of(store, on=True), threading.Event(), RecoveryWorker.look

    def fails_once(self: RecoveryWorker) -> None:
        if not failed.is_set():
            failed.set()
            raise KeyError("a disk or a database did something new")
        look(self)

    monkeypatch.setattr(RecoveryWorker, "look", fails_once)
    worker.start()
    worker.start()
    try:
        assert [thread.name for thread in threading.enumerate()].count("nba-recovery") >= 1
        store.journal.append(write_record(VISIT))
        store.wanted.set()
        wait_until(lambda: failed.is_set() and store.journal.empty)
    finally:
        worker.stop()
