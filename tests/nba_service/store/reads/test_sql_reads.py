"""What requests read, on each database."""

from __future__ import annotations

from nba_service.store.rows import CustomerRow
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import FAR, decision, interaction, outcome


def test_a_stored_decision_comes_back_as_it_was(store: SqlStore) -> None:
    row = decision("mail-77/c-1042", contacts=(("guide", "email"), ("offer", None)))
    store.add_decisions([row])
    assert store.decisions([row.decision_id]) == {row.decision_id: row}


def test_the_state_holds_what_is_strictly_before_the_moment_oldest_first(store: SqlStore) -> None:
    store.add_interactions([interaction("a", at=10), interaction("b", at=30), interaction("x", "other", 10)])
    store.add_decisions([decision("d", at=20, delivered=20)])
    store.add_outcomes([outcome("o", "d", at=25)])
    before_30 = [(e.source, e.occurred_at, e.name) for e in store.state("c", 30, 100).events]
    assert before_30 == [
        ("interaction", 10, "page_view"),
        ("decision", 20, "contact"),
        ("outcome", 25, "responded"),
    ]
    assert store.state("c", 31, 100).events[-1].occurred_at == 30


def test_an_outcome_carries_the_treatment_of_its_decision(store: SqlStore) -> None:
    store.add_decisions([decision("d")])
    store.add_outcomes([outcome("o", "d")])
    event = store.state("c", FAR, 100).events[-1]
    assert (event.source, event.action, event.channel, event.value) == ("outcome", "guide", "email", 3.0)


def test_the_limit_keeps_the_newest_events(store: SqlStore) -> None:
    store.add_interactions([interaction(f"i{n}", at=n) for n in range(20)])
    assert [event.occurred_at for event in store.state("c", FAR, 3).events] == [17, 18, 19]


def test_a_decision_of_nothing_is_no_contact(store: SqlStore) -> None:
    store.add_decisions([decision("d", contacts=())])
    assert store.state("c", FAR, 100).events == ()


def test_every_placement_of_a_slate_is_a_contact(store: SqlStore) -> None:
    store.add_decisions([decision("d", contacts=(("guide", "website"), ("offer", "website")))])
    assert [event.action for event in store.state("c", FAR, 100).events] == ["guide", "offer"]


def test_a_deferred_decision_counts_from_its_first_outcome(store: SqlStore) -> None:
    store.add_decisions([decision("d", at=10, delivered=None)])
    assert store.state("c", FAR, 100).events == ()
    store.add_outcomes([outcome("o1", "d", "delivered", at=50)])
    assert [(e.name, e.occurred_at) for e in store.state("c", FAR, 100).events] == [("contact", 50)]


def test_decisions_since_a_moment_come_in_the_order_of_time_and_in_pages(store: SqlStore) -> None:
    rows = [decision(f"d-{at}-{n}", at=at, delivered=at) for at in (1_000, 2_000, 3_000) for n in (1, 0)]
    store.add_decisions(rows)
    found, after = [], (1_999, "")
    while page := store.decided_since(2_000, after, 3):
        found += [row.decision_id for row in page]
        after = (page[-1].decided_at, page[-1].decision_id)
    assert found == ["d-2000-0", "d-2000-1", "d-3000-0", "d-3000-1"]


def test_pasts_of_many_are_those_of_each(store: SqlStore) -> None:
    """Kept and not kept, under an alias, without any row, and more people than one statement takes."""
    people = [f"c-{n}" for n in range(520)]
    store.add_interactions([interaction(f"i-{n}", person, at=n) for n, person in enumerate(people)])
    store.put_customers([CustomerRow(customer_id="c-1", attributes={"age": 40}, consent={"email": True})])
    store.merge("c-2", ["also-c-2"], at=1, ids=iter(["a-1"]), profile=None)
    asked = [*people, "also-c-2", "nobody", "c-1"]
    found = store.pasts(asked)
    assert found.keys() == set(asked)
    assert found["also-c-2"].person == "c-2"
    for customer in ("c-0", "c-1", "also-c-2", "nobody", "c-519"):
        assert found[customer] == store.past(customer)
    assert store.pasts([]) == {}
