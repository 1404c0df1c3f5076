"""The audit chain on each database: whole under concurrent writers, and every tampering shows."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from nba_service.keys.key import Key
from nba_service.keys.tokens import KeyKind
from nba_service.store.records.audit_log import Head
from nba_service.store.rows import CustomerRow
from nba_service.store.sql.connection import Database
from nba_service.store.sql.tables import audit_head, audit_log
from nba_service.store.sql_store import SqlStore


def note(store: SqlStore, number: int) -> None:
    store.audit_log.note("journey.served", f"hash-{number}", {"path": "a.yaml"}, at=number)


@pytest.fixture
def change(database: Database) -> Callable[[Any], None]:
    def run(statement: Any) -> None:
        with database.engine().begin() as connection:
            connection.execute(statement)

    return run


def test_entries_follow_each_other(store: SqlStore) -> None:
    assert list(store.audit_log.problems()) == []
    for number in (1, 2, 2, 3):
        note(store, number)

    entries = list(store.audit_log.entries())

    assert [entry.subject for entry in entries] == ["hash-1", "hash-2", "hash-3"]
    assert entries[2].previous == entries[1].hash
    assert store.audit_log.head() == Head(seq=3, hash=entries[2].hash)
    assert list(store.audit_log.problems()) == []


def test_many_writers_make_one_chain(store: SqlStore) -> None:
    def write(thread: int) -> None:
        for turn in range(5):
            key = Key(
                key_id=f"key-{thread}-{turn}",
                name=f"{thread}-{turn}",
                kind=KeyKind.SECRET,
                scopes=frozenset(),
            )
            store.keys.add(key, f"hash-{thread}-{turn}", most_live=2)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.audit_log.head().seq == 20
    assert list(store.audit_log.problems()) == []


@pytest.mark.parametrize(
    ("tampering", "said"),
    [
        (sa.update(audit_log).where(audit_log.c.seq == 2).values(detail="{}"), "entry 2 .* was changed"),
        (sa.update(audit_log).where(audit_log.c.seq == 2).values(at=9), "entry 2 .* was changed"),
        (sa.delete(audit_log).where(audit_log.c.seq == 2), "entry 2 is missing"),
        (sa.delete(audit_log).where(audit_log.c.seq == 1), "entry 1 is missing"),
        (sa.delete(audit_log).where(audit_log.c.seq > 3), "the tail was cut"),
        (sa.delete(audit_log), "the tail was cut"),
        (sa.update(audit_log).where(audit_log.c.seq == 4).values(seq=9), "entry 4 is missing"),
    ],
)
def test_tampering_shows(
    store: SqlStore,
    change: Callable[[Any], None],
    tampering: Any,
    said: str,
) -> None:
    for number in range(1, 5):
        note(store, number)

    change(tampering)

    assert "\n".join(store.audit_log.problems()) != ""
    with pytest.raises(AssertionError, match=said):
        raise AssertionError("\n".join(store.audit_log.problems()))


def test_swapped_entries_show(store: SqlStore, change: Callable[[Any], None]) -> None:
    for number in range(1, 5):
        note(store, number)
    for old, new in ((2, 99), (3, 2), (99, 3)):
        change(sa.update(audit_log).where(audit_log.c.seq == old).values(seq=new))

    assert any("does not follow" in problem for problem in store.audit_log.problems())


def test_a_log_rewritten_as_a_whole_shows_against_a_head_kept_elsewhere(
    store: SqlStore,
    change: Callable[[Any], None],
) -> None:
    for number in range(1, 4):
        note(store, number)
    kept = store.audit_log.head()
    note(store, 4)
    assert list(store.audit_log.problems(kept)) == []

    change(sa.delete(audit_log))
    change(sa.delete(audit_head))
    for number in (5, 6, 7, 8):
        note(store, number)

    assert list(store.audit_log.problems()) == []
    assert ["kept elsewhere" in problem for problem in store.audit_log.problems(kept)] == [True]


def test_merges_and_erasures_are_in_it_without_names(store: SqlStore) -> None:
    ids = (f"id-{number}" for number in itertools.count())
    store.put_customers([CustomerRow(customer_id="anna@example.com")])
    store.merge("anna@example.com", ["visitor-anna"], at=1, ids=ids, profile=None)
    store.erase("anna@example.com", ids, at=2)

    entries = list(store.audit_log.entries())

    assert [entry.kind for entry in entries] == ["customer.merged", "customer.erased"]
    assert "anna" not in "".join(f"{entry.subject} {entry.detail}" for entry in entries)
    assert list(store.audit_log.problems()) == []
