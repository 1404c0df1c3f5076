"""People joined by mistake are parted: each gets back what came in with their ids, and no refusal is lost."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.domain.consent import current
from nba_service.store.rows import Claim, CustomerRow, OutcomeRow
from nba_service.store.sql import migrate, tables
from nba_service.store.sql.connection import WRITE, Database
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import FAR, decision, interaction, outcome
from tests.nba_service.store.writes.test_merges_at_once import at_once, chains, visit

WINDOW = 10_000


def names(prefix: str) -> Iterator[str]:
    return (f"{prefix}-{number}" for number in itertools.count())


class World:
    """Ids of their own in a store, told what happens."""

    def __init__(self, store: SqlStore, tag: str) -> None:
        self.store, self.tag = store, tag
        self.audit = names(f"{tag}audit")

    def happens(self, number: int, what: str, who: str) -> None:
        store, customer, key, at = self.store, f"{self.tag}{who}", f"{self.tag}{number}", 1_000 + number
        if what in ("grants", "refuses", "profile"):
            consent = {} if what == "profile" else {"email": what == "grants"}
            attributes = {f"from_{who}": number, "age": number}
            row = CustomerRow(
                customer_id=customer, attributes=attributes, consent=consent, updated_at=at, arrived_at=at
            )
            store.put_customers([row])
        elif what == "visits":
            store.add_interactions([interaction(key, customer=customer, at=at)])
        elif what == "leaves":
            left = replace(interaction(key, customer=customer, at=at), withdraws=("email",), arrived_at=at)
            store.add_interactions([left])
        elif what == "is contacted":
            person = store.persons([customer])[customer]
            made = decision(key, customer=person, at=at, delivered=at)
            store.add_decisions([replace(made, came_as=None if person == customer else customer)])
            unsubscribed = replace(outcome(f"{key}-o", key, at=at), withdraws=("sms",), arrived_at=at)
            store.add_outcomes([unsubscribed])
        else:
            told = OutcomeRow(
                outcome_id=key, decision_id="", outcome="responded", occurred_at=at, customer_id=customer,
                action="guide", channel="email", window_ms=WINDOW,
            )  # fmt: skip
            store.add_outcomes([told])

    def known(self, who: str) -> dict[str, Any]:
        """All that is known of somebody, without the tag of this world."""
        customer = f"{self.tag}{who}"
        state = self.store.state(customer, FAR, 100)
        records = self.store.records_of(customer, 100)
        found = {
            "person": state.person,
            "events": [(event.source, event.key, event.occurred_at) for event in state.events],
            "profile": None if state.customer is None else state.customer.attributes,
            "consents": current(state.consents),
            "outcomes": sorted((row["outcome_id"], row["decision_id"]) for row in records["outcomes"]),
            "came_as": [row["came_as"] for name in ("interactions", "decisions") for row in records[name]],
        }
        return {name: _untagged(value, self.tag) for name, value in found.items()}


def _untagged(value: Any, tag: str) -> Any:
    if isinstance(value, str):
        return value.removeprefix(tag)
    if isinstance(value, list | tuple):
        return [_untagged(item, tag) for item in value]
    return value


MERGE = ("merge", "")
HAPPENS = st.tuples(
    st.sampled_from(["grants", "refuses", "profile", "visits", "leaves", "is contacted", "responds"]),
    st.sampled_from("ab"),
)
TAGS = names("w")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(HAPPENS, max_size=8), after=st.lists(HAPPENS, max_size=8), again=st.booleans())
def test_parting_gives_back_what_each_would_have_had(
    store: SqlStore, before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]], again: bool
) -> None:
    joined, apart = World(store, f"{next(TAGS)}-joined-"), World(store, f"{next(TAGS)}-apart-")
    into, alias = f"{joined.tag}a", f"{joined.tag}b"
    for number, (what, who) in enumerate([*before, MERGE, *after]):
        if what == "merge":
            for _ in range(2 if again else 1):  # parted and merged again is as merged
                store.merge(into, [alias], at=1, ids=joined.audit, profile=None)
                if again:
                    store.part(into, alias, at=1, ids=joined.audit)
                    store.merge(into, [alias], at=1, ids=joined.audit, profile=None)
            continue
        for world in (joined, apart):
            world.happens(number, what, who)

    parted = store.part(into, alias, at=2, ids=joined.audit)

    assert parted.ids == (alias,)
    store.settle_outcomes()
    for who in "ab":
        assert joined.known(who) == apart.known(who)
    assert store.part(into, alias, at=3, ids=joined.audit).ids == ()


class Link(NamedTuple):
    into: str
    other: str


def merge(store: SqlStore, *links: Link) -> None:
    for number, (into, other) in enumerate(links):
        store.merge(into, [other], at=number, ids=names(f"audit-{into}-{other}"), profile=None)


def test_an_alias_takes_along_what_was_said_to_be_it(store: SqlStore) -> None:
    """v is b, b is a, and w is b as well: whoever is not a after all takes their own along."""
    for customer in ("a", "b", "v", "w", "x"):
        store.add_interactions([interaction(f"of-{customer}", customer=customer)])
    merge(store, Link("b", "v"), Link("a", "b"), Link("b", "w"), Link("a", "x"))

    parted = store.part("x", "b", at=9, ids=names("parting"))

    assert (parted.person, sorted(parted.ids)) == ("a", ["b", "v", "w"])
    assert parted.moved == {"interactions": 3, "decisions": 0, "outcomes": 0}
    assert store.persons(["a", "x", "b", "v", "w"]) == {"a": "a", "x": "a", "b": "b", "v": "b", "w": "b"}
    assert {event.key for event in store.state("b", FAR, 10).events} == {"of-b", "of-v", "of-w"}
    assert store.part("b", "v", at=9, ids=names("second")).ids == ("v",)
    assert {event.key for event in store.state("v", FAR, 10).events} == {"of-v"}
    kinds = [entry.kind for entry in store.audit_log.entries()]
    assert kinds == ["customer.merged"] * 4 + ["customer.parted"] * 2


@pytest.mark.parametrize(("customer", "alias"), [("a", "a"), ("a", "c"), ("b", "a"), ("nobody", "b")])
def test_what_is_no_alias_of_the_customer_cannot_be_parted(
    store: SqlStore, customer: str, alias: str
) -> None:
    merge(store, Link("a", "b"), Link("c", "d"))

    assert store.part(customer, alias, at=9, ids=names("parting")).ids == ()
    assert store.persons(["a", "b", "c", "d"]) == {"a": "a", "b": "a", "c": "c", "d": "c"}


def test_a_refusal_of_unknown_origin_holds_for_both_and_a_grant_for_one(
    store: SqlStore, database: Database
) -> None:
    """As in a store from before origins were kept."""
    merge(store, Link("a", "b"))
    ledger = '{"email": [[9, 9, "profile"], [5, 5, "left"]], "sms": [null, [5, 5, "left"]]}'
    with database.engine().connect().execution_options(**WRITE) as connection, connection.begin():
        old = {"customer_id": "a", "ledger": ledger, "origins": f'{{"": {ledger}}}'}
        connection.execute(sa.insert(tables.consents), old)
    left = replace(interaction("i", customer="a", at=7), withdraws=("push",), arrived_at=7)
    store.add_interactions([left])

    store.part("a", "b", at=9, ids=names("parting"))

    assert current(store.consents("a")) == {"email": True, "push": False, "sms": False}
    assert current(store.consents("b")) == {"email": False, "sms": False}


def test_a_decision_made_of_both_is_not_stored_once_they_are_parted(store: SqlStore) -> None:
    merge(store, Link("a", "b"))
    seen = store.state("b", FAR, 10)
    store.part("a", "b", at=9, ids=names("parting"))

    late = replace(decision("d", customer=seen.person), came_as="b")
    written = store.add_decisions([late], {"d": Claim(version=seen.version)})

    assert written.refused == ("d",)


def test_erasing_one_of_two_who_were_parted_takes_every_trace_of_their_joining(
    store: SqlStore, database: Database
) -> None:
    merge(store, Link("a", "b"))
    store.part("a", "b", at=9, ids=names("parting"))

    store.erase("b", names("nobody"), 10)

    with database.engine().connect() as connection:
        rows = connection.execute(sa.select(tables.audit)).mappings().all()
    assert [row["kind"] for row in rows] == ["erasure"]


def test_of_what_was_stored_before_decisions_say_whom_they_were_asked_for(database: Database) -> None:
    migrate.upgrade(database, "0012")
    rows: list[tuple[str, dict[str, object]]] = [
        ("aliases", {"alias": "b", "customer_id": "a", "merged_at": 5}),
        ("consents", {"customer_id": "a", "ledger": '{"sms": [null, [5, 5, "left"]]}'}),
        ("audit", {"audit_id": "x", "at": 5, "kind": "merge", "customer_id": "a", "detail": '{"alias":"b"}'}),
    ]
    for asked in ("a", "b", "stranger", None):
        request = None if asked is None else f'{{"customer_id":"{asked}"}}'
        made = {"decision_id": f"for-{asked}", "customer_id": "a", "decided_at": 1_700_000_000_000}
        rows.append(("decisions", {**made, "action": "nothing", "contacts": "[]", "request": request}))
    with database.engine().connect().execution_options(**WRITE) as connection, connection.begin():
        for table, row in rows:
            connection.execute(sa.insert(sa.table(table, *(sa.column(name) for name in row))), row)

    migrate.upgrade(database, migrate.HEAD)

    store = SqlStore(database)
    assert store.part("a", "b", at=9, ids=names("parting")).moved["decisions"] == 1
    assert current(store.consents("a")) == current(store.consents("b")) == {"sms": False}
    assert {key: row.customer_id for key, row in store.decisions(["for-a", "for-b"]).items()} == {
        "for-a": "a",
        "for-b": "b",
    }
    store.erase("b", names("nobody"), 10)
    with database.engine().connect() as connection:
        assert connection.execute(sa.select(tables.audit.c.kind)).scalars().all() == ["erasure"]


IDS = [f"id-{number}" for number in range(6)]


@pytest.mark.parametrize("seed", range(2))
def test_merges_partings_and_events_at_once_leave_each_row_where_its_id_stands(
    store: SqlStore, database: Database, seed: int
) -> None:
    came_as: dict[str, str] = {}

    def busy(worker: int) -> Callable[[], None]:
        rng = np.random.default_rng([seed, worker])

        def work() -> None:
            for step in range(8):
                one, other = rng.choice(IDS, 2, replace=False).tolist()
                name = f"{worker}-{step}"
                if worker % 3 == 0:
                    store.merge(one, [other], at=step, ids=names(f"merge-{name}"), profile=None)
                elif worker % 3 == 1:
                    store.part(one, other, at=step, ids=names(f"part-{name}"))
                else:
                    came_as.update({f"visit-{name}-a": one, f"visit-{name}-b": other})
                    store.add_interactions([visit(one, f"{name}-a"), visit(other, f"{name}-b")])

        return work

    errors = at_once([busy(worker) for worker in range(6)])

    assert errors == []
    assert chains(database) == []
    person = store.persons(IDS)
    with database.engine().connect() as connection:
        rows = connection.execute(sa.select(tables.interactions)).mappings().all()
    assert {row["interaction_id"]: row["customer_id"] for row in rows} == {
        key: person[given] for key, given in came_as.items()
    }
    assert all((row["came_as"] or row["customer_id"]) == came_as[row["interaction_id"]] for row in rows)
