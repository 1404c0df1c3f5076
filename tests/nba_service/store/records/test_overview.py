"""What pages ask: newest first, neighbours by id, and nothing where there is nothing."""

from __future__ import annotations

from nba_service.store.rows import CustomerRow
from nba_service.store.sql_store import SqlStore


def test_an_empty_store_has_nothing_to_show(store: SqlStore) -> None:
    assert list(store.overview.newest_decisions(5)) == []
    assert store.overview.newest_moment() is None
    assert store.overview.neighbours("c-1") == (None, None)


def test_neighbours_are_those_before_and_after(store: SqlStore) -> None:
    store.put_customers([CustomerRow(customer_id=f"c-{n}") for n in (1, 2, 3)])

    assert store.overview.neighbours("c-2") == ("c-1", "c-3")
    assert store.overview.neighbours("c-25") == ("c-2", "c-3")


def test_the_newest_audit_entries_come_first(store: SqlStore) -> None:
    before = len(store.overview.audit_entries(100))
    for number in range(3):
        store.audit_log.note("journey.served", f"hash-{number}", {}, at=number)

    entries = store.overview.audit_entries(2)
    assert [entry.subject for entry in entries] == ["hash-2", "hash-1"]
    assert len(store.overview.audit_entries(100)) == before + 3
