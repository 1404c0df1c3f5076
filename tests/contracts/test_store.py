"""The rules that every store keeps, run on each backend."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_service.errors import StoreError
from nba_service.settings import Durability
from nba_service.store.rows import (
    CustomerRow,
    DecisionRow,
    InteractionRow,
    OutcomeRow,
    PositiveRule,
    UpdateRow,
)
from nba_service.store.sql import migrate
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore

FAR = 10**15


def interaction(
    key: str, customer: str = "c", at: int = 1_000, touchpoint: str = "page_view"
) -> InteractionRow:
    return InteractionRow(
        interaction_id=key,
        customer_id=customer,
        occurred_at=at,
        touchpoint=touchpoint,
        channel="website",
        value=1.5,
        properties={"b": 1, "a": [1, 2]},
    )


def decision(
    key: str,
    customer: str = "c",
    at: int = 1_000,
    delivered: int | None = 1_000,
    contacts: tuple[tuple[str, str | None], ...] = (("guide", "email"),),
    answer: str = "{}",
) -> DecisionRow:
    action, channel = contacts[0] if contacts else ("nothing", None)
    return DecisionRow(
        decision_id=key,
        customer_id=customer,
        decided_at=at,
        delivered_at=delivered,
        action=action,
        channel=channel,
        action_probability=0.5,
        contacts=contacts,
        context=None,
        candidates=None,
        bundle="b",
        policy="p",
        arm="treatment",
        request='{"customer_id":"c"}',
        answer=answer,
        state=b"state",
    )


def outcome(key: str, of: str, name: str = "responded", at: int = 2_000) -> OutcomeRow:
    return OutcomeRow(outcome_id=key, decision_id=of, outcome=name, occurred_at=at, value=3.0)


def test_the_migration_makes_exactly_the_tables_that_the_code_uses(
    store: SqlStore, database: Database
) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from nba_service.store.sql.tables import metadata, postgres_metadata

    ours = {*metadata.tables, *(postgres_metadata.tables if database.dialect.name == "postgresql" else ())}
    indexes = {index.name for table in metadata.tables.values() for index in table.indexes}

    def is_ours(name: str | None, kind: str, _parents: object) -> bool:
        """Partitions, and the times of ids, are nobody's but the migration's."""
        return {"table": name in ours, "index": name in indexes}.get(kind, True)

    with database.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        both = [metadata, *([postgres_metadata] if database.dialect.name == "postgresql" else [])]
        assert compare_metadata(context, both) == []


def test_head_is_the_newest_migration_file() -> None:
    folder = Path(migrate.__file__).parents[1] / "migrations" / "versions"
    assert max(path.name for path in folder.glob("[0-9]*.py")).startswith(migrate.HEAD)


def test_migrations_go_down_and_up_again(store: SqlStore, database: Database) -> None:
    migrate.downgrade(database, "base")
    with pytest.raises(StoreError, match="schema none"):
        store.check()
    store.migrate()
    store.check()


def test_many_may_migrate_at_once(database: Database) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            SqlStore(database).migrate()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    SqlStore(database).check()


def test_a_profile_is_replaced_as_a_whole(store: SqlStore) -> None:
    first = CustomerRow(
        customer_id="c", attributes={"roof_area_m2": 64}, consent={"email": True}, updated_at=1
    )
    second = CustomerRow(customer_id="c", locale="de-AT", updated_at=2)
    store.put_customers([first])
    assert store.customer("c") == first
    store.put_customers([second])
    assert store.customer("c") == second
    assert store.customer("nobody") is None


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


def test_erasure_leaves_the_decision_but_not_the_person(store: SqlStore) -> None:
    store.put_customers([CustomerRow(customer_id="c")])
    store.add_interactions([interaction("i"), interaction("k", "kept")])
    store.add_decisions([decision("mail/c")])
    store.add_outcomes([outcome("o/c", "mail/c")])
    assert store.erase("c", (f"gone-{n}" for n in itertools.count())) == 4
    assert store.customer("c") is None
    assert store.state("c", FAR, 100).events == ()
    assert store.decisions(["mail/c"]) == {}
    left = store.scan("decisions", "", 10)
    assert [(row["customer_id"], row["action"], row["action_probability"]) for row in left] == [
        ("gone-0", "guide", 0.5)
    ]
    joined = store.scan("outcomes", "", 10)
    assert [(row["decision_id"], row["outcome"]) for row in joined] == [(left[0]["decision_id"], "responded")]
    assert len(store.state("kept", FAR, 100).events) == 1


def test_decisions_since_a_moment_come_in_the_order_of_time_and_in_pages(store: SqlStore) -> None:
    rows = [decision(f"d-{at}-{n}", at=at, delivered=at) for at in (1_000, 2_000, 3_000) for n in (1, 0)]
    store.add_decisions(rows)
    found, after = [], (1_999, "")
    while page := store.decided_since(2_000, after, 3):
        found += [row.decision_id for row in page]
        after = (page[-1].decided_at, page[-1].decision_id)
    assert found == ["d-2000-0", "d-2000-1", "d-3000-0", "d-3000-1"]


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


def test_a_store_that_cannot_answer_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "nba.sqlite").write_bytes(b"this is no database" * 100)
    broken = SqlStore(
        Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=Durability.COMMIT, timeout_ms=500)
    )
    with pytest.raises(StoreError, match="nba doctor"):
        broken.check()


def test_commit_durability_flushes_to_disk(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=Durability.COMMIT, timeout_ms=500)
    with database.engine().connect() as connection:
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
    database.close()


HOUR = 3_600_000
RULES = [
    PositiveRule(actions=("guide",), outcomes=("responded",), window_ms=72 * HOUR),
    PositiveRule(actions=("offer",), outcomes=("bought", "responded"), window_ms=24 * HOUR),
]


def expecting(
    key: str, at: int, *, propensity: float = 0.25, action: str = "guide", **fields: Any
) -> DecisionRow:
    """A decision ``at`` hours, with what the model expected of it."""
    made = decision(key, at=at * HOUR, delivered=at * HOUR, contacts=((action, "email"),))
    return replace(made, **{"phase": "trigger", "propensity": propensity, **fields})


def told(store: SqlStore, until_hours: int, since_hours: int = 0) -> dict[tuple[Any, ...], tuple[int, float]]:
    """Counts by action, ours, age and delay."""
    counts = store.settle_and_count_responses("b", RULES, since=since_hours * HOUR, until=until_hours * HOUR)
    return {(c.action, c.ours, c.age_hours, c.delay_hours): (c.number, c.propensity) for c in counts}


def test_responses_are_counted_by_age_and_delay(store: SqlStore) -> None:
    store.add_decisions([expecting("a", 1), expecting("b", 1, propensity=0.5), expecting("c", 1)])
    store.add_outcomes([outcome("o", "a", at=5 * HOUR), outcome("p", "a", at=9 * HOUR)])

    assert told(store, 11) == {("guide", True, 10, 4): (1, 0.25), ("guide", True, 10, None): (2, 0.75)}


def test_beyond_two_days_ages_are_whole_days(store: SqlStore) -> None:
    store.add_decisions([expecting("a", 1)])
    store.add_outcomes([outcome("o", "a", at=60 * HOUR)])

    assert told(store, 90) == {("guide", True, 72, 48): (1, 0.25)}


def test_only_positive_outcomes_within_the_window_of_their_action_are_responses(store: SqlStore) -> None:
    store.add_decisions([expecting("a", 0, action="offer"), expecting("b", 0), expecting("c", 0)])
    store.add_outcomes(
        [
            outcome("late", "a", "bought", at=30 * HOUR),
            outcome("other", "b", "bought", at=2 * HOUR),
            outcome("after", "c", at=40 * HOUR),
        ]
    )

    assert {key[3] for key in told(store, 39)} == {None}


def test_what_teaches_nothing_is_not_counted(store: SqlStore) -> None:
    """Doing nothing, imports (no propensity), what was never delivered, and what lies outside the times."""
    store.add_decisions(
        [
            expecting("nothing", 5, contacts=(), action="nothing"),
            expecting("imported", 5, propensity=None),  # type: ignore[arg-type]
            expecting("undelivered", 5, delivered_at=None),
            expecting("early", 1),
            expecting("future", 9),
        ]
    )

    assert told(store, 8, since_hours=2) == {}


def test_a_deferred_decision_is_as_old_as_its_delivery(store: SqlStore) -> None:
    store.add_decisions([expecting("a", 1, delivered_at=None)])
    store.add_outcomes([outcome("d", "a", "delivered", at=4 * HOUR), outcome("o", "a", at=6 * HOUR)])

    assert told(store, 9) == {("guide", True, 5, 2): (1, 0.25)}


def test_decisions_of_another_bundle_are_told_apart(store: SqlStore) -> None:
    store.add_decisions([expecting("a", 1), expecting("b", 1, bundle="other")])

    assert {key[1] for key in told(store, 9)} == {True, False}


def test_the_latest_update_of_a_bundle_is_the_one_that_held_last(store: SqlStore) -> None:
    first = UpdateRow(version="v1", bundle="b", made_at=1, content=b"[1]")
    second = UpdateRow(version="v2", bundle="b", made_at=2, content=b"[2]")
    for row in (first, second, UpdateRow(version="v1", bundle="other", made_at=9, content=b"[9]")):
        store.put_update(row)
    assert store.latest_update("b") == second

    store.put_update(replace(first, made_at=3))

    assert store.latest_update("b") == replace(first, made_at=3)
    assert store.propensity_update("b", "v2") == second
    assert store.propensity_update("b", "v3") is None
    assert store.latest_update("nobody") is None
