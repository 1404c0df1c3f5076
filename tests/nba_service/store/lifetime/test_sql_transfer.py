"""Tables out of a store and into another, on each database."""

from __future__ import annotations

from pathlib import Path

from nba_service.settings import Durability
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import FAR, interaction


def test_a_scan_walks_a_table_in_pages(store: SqlStore) -> None:
    store.add_interactions([interaction(f"i{n}") for n in range(5)])
    first = store.scan("interactions", "", 3)
    second = store.scan("interactions", first[-1]["interaction_id"], 3)
    assert [row["interaction_id"] for row in [*first, *second]] == [f"i{n}" for n in range(5)]


def test_what_was_scanned_loads_into_another_store_and_twice(store: SqlStore, tmp_path: Path) -> None:
    store.add_interactions([interaction("i")])
    rows = store.scan("interactions", "", 10)
    other = SqlStore(
        Database(f"sqlite:///{tmp_path}/other.sqlite", durability=Durability.FLUSH, timeout_ms=1_000)
    )
    other.migrate()
    assert other.load("interactions", rows).new == 1
    assert (other.load("interactions", rows).new, other.load("interactions", rows).conflicts) == (0, ())
    assert other.state("c", FAR, 10).events == store.state("c", FAR, 10).events
    other.close()


def test_what_an_export_holds_of_later_comes_in(store: SqlStore) -> None:
    store.add_interactions([interaction("i", at=50), interaction("later", at=150)])
    rows = store.scan("interactions", "", 10)
    store.erase("c", iter(f"nobody-{n}" for n in range(99)), 100)

    written = store.load("interactions", rows)

    assert (written.new, written.erased) == (1, 1)
    assert [row["interaction_id"] for row in store.scan("interactions", "", 10)] == ["later"]
