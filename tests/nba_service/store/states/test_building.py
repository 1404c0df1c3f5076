"""A past from rows has all of them, whatever they are, and on top what retention folded."""

from __future__ import annotations

from dataclasses import replace

from models.domain.past import PastEvent, Sort, build_past, key_of, pack
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from nba_service.store.states.building import Leaving, build_all, events_of
from tests.nba_service.store.row_builders import decision, interaction, outcome


def test_a_past_has_all_rows_and_its_base(database: Database, store: SqlStore) -> None:
    store.add_interactions([interaction("i"), interaction("of another", "b")])
    store.add_decisions([decision("d"), decision("waits", delivered=None), decision("none", contacts=())])
    store.add_outcomes(
        [outcome("o", "d"), outcome("p", "none"), outcome("sent", "waits", "delivered", 3_000)]
    )
    base = build_past([PastEvent(1, Sort(0, "page_view"), 0, key_of(0, "old"))]).fold(2)
    with database.transaction() as connection:
        made = build_all(connection, ["c", "nobody"], {"c": base})
    names = [made["c"].vocabulary.sorts[code].name for code in made["c"].sort.tolist()]
    assert names == ["page_view", "contact", "responded", "responded", "contact"]
    assert made["c"].at.tolist() == [1_000, 1_000, 2_000, 2_000, 3_000]
    assert made["c"].totals.count.tolist() == [1]
    assert len(made["nobody"]) == 0


def test_what_leaves_is_old_and_closed(database: Database, store: SqlStore) -> None:
    store.add_interactions([interaction("old", at=1), interaction("new", at=10)])
    store.add_decisions([decision("closed", at=1, delivered=1), decision("answered", at=1, delivered=1)])
    store.add_outcomes([outcome("early", "closed", at=2), outcome("late", "answered", at=10)])
    with database.transaction() as connection:
        leaving = events_of(connection, ["c"], Leaving(before=10, now=20))["c"]
    assert {event.key for event in leaving} == {key_of(0, "old"), key_of(1, "closed"), key_of(2, "early")}


def test_what_events_tell_is_kept_as_it_is_built(database: Database, store: SqlStore) -> None:
    """Step by step, whatever the properties: short ones are kept, of long ones the names."""
    told = [{"score": 4}, {"score": 2.5, "note": "x" * 99}, {}, {"score": 4, "answers": [1]}]
    for number, properties in enumerate(told):
        store.add_interactions([replace(interaction(f"i{number}", at=number), properties=properties)])
    kept = store.past("c").past
    assert kept is not None
    assert kept.texts == ("", '{"score":2.5}', '{"score":4}')
    assert kept.unkept == {"note", "answers"}
    with database.transaction() as connection:
        assert pack(build_all(connection, ["c"], {})["c"]) == pack(kept)
