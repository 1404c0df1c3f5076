"""Idempotent writes of events and decisions, on each database."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_service.store.rows import (
    InteractionRow,
)
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import FAR, decision, interaction, outcome


def test_an_interaction_written_twice_is_there_once(store: SqlStore) -> None:
    assert store.add_interactions([interaction("i1"), interaction("i2")]).new == 2
    again = store.add_interactions([interaction("i1"), interaction("i3")])
    assert (again.new, again.known, again.conflicts) == (1, 1, ())
    assert len(store.state("c", FAR, 100).events) == 3


def test_an_id_with_another_content_is_a_conflict_and_changes_nothing(store: SqlStore) -> None:
    store.add_interactions([interaction("i1")])
    store.add_outcomes([outcome("o1", "d1")])
    taken = store.add_interactions([interaction("i0"), interaction("i1", at=5)])
    assert (taken.new, taken.conflicts) == (0, ("i1",))
    assert store.add_outcomes([outcome("o1", "d1", "rejected")]).conflicts == ("o1",)
    assert [event.occurred_at for event in store.state("c", FAR, 100).events] == [1_000]


def test_a_time_that_the_caller_left_out_is_not_compared(store: SqlStore) -> None:
    row = InteractionRow(
        interaction_id="i", customer_id="c", occurred_at=1, touchpoint="page_view", timed=False
    )
    later = InteractionRow(
        interaction_id="i", customer_id="c", occurred_at=9, touchpoint="page_view", timed=False
    )
    store.add_interactions([row])
    assert store.add_interactions([later]).conflicts == ()


def test_the_first_decision_of_an_id_stays(store: SqlStore) -> None:
    store.add_decisions([decision("d", answer="first")])
    assert store.add_decisions([decision("d", answer="second")]).conflicts == ("d",)
    assert store.decisions(["d", "unknown"])["d"].answer == "first"
    assert store.known_decisions(["d", "unknown"]) == {"d"}


ARRIVALS = [
    ("interaction", interaction("i", at=5)),
    ("decision", decision("d1", at=10, delivered=None)),
    ("decision", decision("d2", at=20, delivered=20)),
    ("outcome", outcome("o1", "d1", "delivered", at=15)),
    ("outcome", outcome("o2", "d1", "responded", at=40)),
    ("outcome", outcome("o3", "d2", "rejected", at=30)),
]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(order=st.permutations(range(len(ARRIVALS))), twice=st.sets(st.integers(0, len(ARRIVALS) - 1)))
def test_the_order_of_arrival_and_repeats_change_nothing(
    store: SqlStore, order: list[int], twice: set[int]
) -> None:
    """An outcome may come before its decision; the state is the same as if all had come in order."""
    names = (f"p{n}" for n in itertools.count())
    prefix = uuid.uuid4().hex
    store.erase("c", (prefix + name for name in names))
    add: dict[str, Callable[..., object]] = {
        "interaction": store.add_interactions,
        "decision": store.add_decisions,
        "outcome": store.add_outcomes,
    }
    for index in [*order, *twice]:
        kind, row = ARRIVALS[index]
        add[kind]([row])
    seen = [(e.source, e.name, e.occurred_at) for e in store.state("c", FAR, 100).events]
    assert seen == [
        ("interaction", "page_view", 5),
        ("decision", "contact", 15),
        ("decision", "contact", 20),
        ("outcome", "rejected", 30),
        ("outcome", "responded", 40),
    ]


def test_writers_at_the_same_time_lose_nothing(store: SqlStore) -> None:
    def write(start: int) -> None:
        for n in range(10):
            store.add_interactions([interaction(f"i{start}-{n}")])

    threads = [threading.Thread(target=write, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.state("c", FAR, 100).events) == 40
