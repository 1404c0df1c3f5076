"""Who has to be rolled up anew, and that of two processes one stores."""

from __future__ import annotations

import pytest

from models.domain.history import DAY_MS
from models.measures.log.records import customer_hash
from nba_service.store.records.rollups import key_of
from nba_service.store.rows import CustomerRow
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import decision, interaction, outcome


def roll(store: SqlStore) -> None:
    turn = store.rollups.turn()
    people: dict[str, int | None] = {**dict.fromkeys(store.rollups.gone()), **dict(store.rollups.changed())}
    assert store.rollups.put(turn, {}, people, ["a"])


def test_every_write_about_somebody_has_them_rolled_up_anew(store: SqlStore) -> None:
    assert list(store.rollups.changed()) == []
    store.add_interactions([interaction("i")])
    assert [who for who, _ in store.rollups.changed()] == ["c"]
    roll(store)
    for customer in ("c", "new"):  # doing nothing raises no version
        store.add_decisions([decision(f"nothing-{customer}", customer, delivered=None, contacts=())])
    assert {who for who, _ in store.rollups.changed()} == {"c", "new"}
    roll(store)
    assert list(store.rollups.changed()) == []

    store.add_decisions([decision("d")])
    roll(store)
    store.add_outcomes([outcome("o", "d")])

    assert [who for who, _ in store.rollups.changed()] == ["c"]
    facts = store.rollups.facts(["c"])
    assert [len(rows) for rows in (facts.interactions, facts.decisions, facts.outcomes)] == [1, 2, 1]
    assert facts.decisions[0].probability == 0.5


def test_the_erased_and_the_merged_are_gone_and_their_decisions_come_back(store: SqlStore) -> None:
    store.put_customers([CustomerRow(customer_id="c"), CustomerRow(customer_id="b")])
    store.add_decisions([decision("d")])
    roll(store)

    store.erase("c", iter(["nobody", "new-d", "x", "y"]))
    store.merge("a", ["b"], at=1, ids=iter(["audit"]), profile=None)

    (erased,) = store.rollups.gone()
    assert key_of(erased) == customer_hash("c")
    assert erased != "c"  # no id of the erased stays, not even until the next rollup
    assert {who for who, _ in store.rollups.changed()} == {"a", "b", "nobody"}  # b has nothing left
    assert [fact.decision_id for fact in store.rollups.facts(["nobody"]).decisions] == ["new-d"]
    roll(store)
    assert (list(store.rollups.gone()), list(store.rollups.changed())) == ([], [])


def test_a_portion_of_a_process_that_was_overtaken_is_not_stored(store: SqlStore) -> None:
    turn = store.rollups.turn()
    assert store.rollups.put(turn, {("decisions", 7, 0): b"first"}, {}, ["a", "b"])

    assert not store.rollups.put(turn, {("decisions", 7, 0): b"second"}, {}, ["c"])
    assert store.rollups.read("decisions", 7, 7) == [b"first"]
    assert list(store.rollups.names()) == ["a", "b"]


def test_packs_are_replaced_dropped_and_read_by_week(store: SqlStore) -> None:
    packs = {("decisions", week, 1): bytes([week]) for week in (1, 2, 3)}
    store.rollups.put(0, packs, {}, [])
    store.rollups.put(1, {("decisions", 2, 1): b"", ("decisions", 3, 1): b"new"}, {}, [])

    assert store.rollups.read("decisions", 1, 3) == [b"\x01", b"new"]
    assert store.rollups.bucket(1) == {("decisions", 1, 1): b"\x01", ("decisions", 3, 1): b"new"}
    assert store.rollups.drop_weeks(3) == 1
    store.rollups.clear()
    assert store.rollups.bucket(1) == {}


@pytest.mark.parametrize("there", [True, False])
def test_the_oldest_row_and_numbers_that_are_kept(store: SqlStore, there: bool) -> None:
    if there:
        store.add_interactions([interaction("i", at=5 * DAY_MS)])
        store.note_export(3)
        store.rollups.note("rollup", 7)

    assert store.rollups.oldest() == (5 * DAY_MS if there else None)
    assert store.rollups.mark("rollup") == (7 if there else None)
