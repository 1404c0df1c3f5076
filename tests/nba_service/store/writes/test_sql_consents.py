"""Every write that says something of a consent records it, and nothing else changes it; on both databases."""

from __future__ import annotations

import itertools
import json
import threading
import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.domain.consent import Ledger, Standing, Statement, current
from nba_service.store.rows import CustomerRow, DecisionRow, InteractionRow, OutcomeRow
from nba_service.store.sql import migrate
from nba_service.store.sql.connection import WRITE, Database
from nba_service.store.sql_store import SqlStore

FAR = 10**15
NOBODY = (f"nobody-{number}" for number in itertools.count())


def profile(customer: str, at: int, **consent: bool) -> CustomerRow:
    return CustomerRow(customer_id=customer, consent=consent, updated_at=at)


def unsubscribe(key: str, customer: str, at: int, arrived_at: int = 0) -> InteractionRow:
    return InteractionRow(
        interaction_id=key, customer_id=customer, occurred_at=at, touchpoint="unsubscribe",
        withdraws=("email",), arrived_at=arrived_at,
    )  # fmt: skip


def complaint(key: str, at: int, *, of: str = "", customer: str | None = None) -> OutcomeRow:
    return OutcomeRow(
        outcome_id=key, decision_id=of, outcome="complained", occurred_at=at, withdraws=("email",),
        customer_id=customer, action="guide" if customer else None, channel="email" if customer else None,
        window_ms=1 if customer else None, attribution="last_delivered" if customer else None,
    )  # fmt: skip


def visit(key: str, customer: str, at: int) -> InteractionRow:
    return InteractionRow(interaction_id=key, customer_id=customer, occurred_at=at, touchpoint="visit")


def decision(key: str, customer: str, at: int) -> DecisionRow:
    return DecisionRow(
        decision_id=key, customer_id=customer, decided_at=at, delivered_at=at, action="guide",
        channel="email", action_probability=0.5, contacts=(("guide", "email"),), context=None,
        candidates=None, bundle="b", policy="p", arm="t", request="{}", answer="{}", state=b"",
    )  # fmt: skip


def held(store: SqlStore, customer: str) -> dict[str, bool]:
    """As a decision reads it, which is as everybody reads it."""
    ledger = store.state(customer, FAR, 10).consents
    assert ledger == store.consents(customer)
    return current(ledger)


def test_a_profile_records_what_it_mentions_and_leaves_the_rest(store: SqlStore) -> None:
    store.put_customers([profile("c", 10, email=True, sms=False)])
    store.put_customers([profile("c", 20, sms=True)])
    store.put_customers([profile("c", 30)])

    assert held(store, "c") == {"email": True, "sms": True}
    assert store.consents("c") == {
        "email": Standing(granted=Statement(10, 10, "profile")),
        "sms": Standing(granted=Statement(20, 20, "profile"), refused=Statement(10, 10, "profile")),
    }
    stored = store.customer("c")
    assert stored is not None
    assert stored.consent == {"email": True, "sms": True}


def test_a_profile_that_was_told_earlier_and_comes_later_lifts_no_refusal(store: SqlStore) -> None:
    store.put_customers([profile("c", 20, email=False)])
    late = CustomerRow(customer_id="c", consent={"email": True}, updated_at=20, consented_at=5, arrived_at=30)
    store.put_customers([late])

    assert held(store, "c") == {"email": False}


def test_an_event_that_withdraws_refuses_even_of_somebody_without_a_profile(store: SqlStore) -> None:
    store.add_interactions([unsubscribe("i", "c", 10), visit("v", "c", 11)])

    assert held(store, "c") == {"email": False}
    assert store.customer("c") is None
    assert store.consents("c") == {"email": Standing(refused=Statement(10, 10, "unsubscribe"))}


def test_an_outcome_refuses_by_its_decision_or_by_its_customer(store: SqlStore) -> None:
    store.add_decisions([decision("d", "by-decision", 10)])
    store.add_outcomes([complaint("o1", 12, of="d"), complaint("o2", 12, customer="by-name")])

    assert held(store, "by-decision") == held(store, "by-name") == {"email": False}


def test_an_outcome_that_came_before_its_decision_is_recorded_once_it_is_somebodys(store: SqlStore) -> None:
    store.add_outcomes([complaint("o", 12, of="d")])
    store.add_decisions([decision("d", "c", 10)])
    assert store.record_withdrawals({"complained": ["email"]}, 20) == 1

    assert held(store, "c") == {"email": False}


def test_a_refusal_from_a_clock_that_runs_ahead_holds_and_its_repeat_does_not_end_a_grant(
    store: SqlStore,
) -> None:
    store.put_customers([profile("c", 5, email=True)])
    store.add_interactions([unsubscribe("i", "c", 100, arrived_at=10)])
    assert held(store, "c") == {"email": False}

    store.put_customers([profile("c", 20, email=True)])
    store.add_interactions([unsubscribe("i", "c", 100, arrived_at=30)])
    store.record_withdrawals({"unsubscribe": ["email"]}, 200)
    assert held(store, "c") == {"email": True}


def test_events_that_conflict_record_nothing(store: SqlStore) -> None:
    store.add_interactions([visit("i", "c", 10)])

    written = store.add_interactions([unsubscribe("i", "c", 10), unsubscribe("j", "c", 11)])

    assert written.conflicts == ("i",)
    assert held(store, "c") == {}


def test_later_events_and_retention_take_no_refusal_away(store: SqlStore) -> None:
    store.add_interactions([unsubscribe("i", "c", 10)])
    store.add_interactions([visit(f"v{number}", "c", 20 + number) for number in range(2_500)])
    assert store.forget_old(5_000, 10_000)["interactions"] == 2_501

    assert held(store, "c") == {"email": False}


def test_a_merge_unites_ledgers_and_the_last_statement_holds(store: SqlStore) -> None:
    store.put_customers([profile("c", 10, email=False, sms=True)])
    store.put_customers(
        [CustomerRow(customer_id="v", attributes={"a": 1}, consent={"sms": False}, updated_at=5)]
    )
    store.put_customers([profile("w", 20, email=True, phone=False)])

    store.merge("c", ["v"], at=30, ids=NOBODY, profile=None)
    assert held(store, "v") == {"email": False, "sms": True}
    store.merge("c", ["w"], at=31, ids=NOBODY, profile=None)
    assert held(store, "c") == {"email": True, "phone": False, "sms": True}

    store.add_interactions([unsubscribe("i", "w", 40)])
    assert held(store, "c") == {"email": False, "phone": False, "sms": True}


def test_a_merge_with_a_profile_records_what_it_says(store: SqlStore) -> None:
    store.put_customers([profile("v", 10, email=False)])
    store.merge("c", ["v"], at=30, ids=NOBODY, profile=profile("c", 30, email=True))

    assert held(store, "c") == {"email": True}


def test_erasure_leaves_nothing_of_a_ledger(store: SqlStore, database: Database) -> None:
    store.put_customers([profile("c", 10, email=False), profile("v", 10, sms=False)])
    store.merge("c", ["v"], at=30, ids=NOBODY, profile=None)
    store.erase("v", NOBODY, 40)

    assert held(store, "c") == held(store, "v") == {}
    with database.engine().connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM consents")).scalar_one() == 0


def test_writes_about_one_person_at_once_lose_no_statement(store: SqlStore) -> None:
    """Each writes a flag of its own, so that a lost update shows."""
    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            store.put_customers([profile("c", 10, **{f"profile{number}": True})])
            store.add_interactions(
                [
                    InteractionRow(
                        interaction_id=f"i{number}", customer_id="c", occurred_at=10, touchpoint="left",
                        withdraws=(f"event{number}",),
                    )
                ]
            )  # fmt: skip
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    profiles, events = ({f"{name}{n}": name == "profile" for n in range(8)} for name in ("profile", "event"))
    assert held(store, "c") == profiles | events


def test_stored_events_are_recorded_by_what_the_journey_file_says_now(store: SqlStore) -> None:
    store.put_customers([profile("b", 5, email=True), profile("d", 50, email=True)])
    store.add_interactions([visit("i1", "b", 10), visit("i2", "b", 20), visit("i3", "d", 20)])
    store.add_decisions([decision("d1", "e", 5)])
    store.add_outcomes([OutcomeRow(outcome_id="o", decision_id="d1", outcome="left", occurred_at=9)])

    says = {"visit": ["email"], "left": ["email", "sms"]}
    assert store.record_withdrawals(says, 60, again=False) == 3
    assert held(store, "b") == {"email": False}
    assert held(store, "d") == {"email": True}  # agreed again since
    assert held(store, "e") == {"email": False, "sms": False}
    assert store.consents("b")["email"].refused == Statement(20, 20, "visit")

    store.add_interactions([visit("i4", "f", 30)])
    assert store.record_withdrawals(says, 61, again=False) == 0
    assert store.record_withdrawals({"visit": ["sms"]}, 62, again=False) == 3
    assert held(store, "f") == {"sms": False}


def test_erased_people_are_not_brought_back_by_their_outcomes(store: SqlStore, database: Database) -> None:
    store.add_decisions([decision("d", "c", 5)])
    store.add_outcomes([complaint("o", 9, of="d")])
    store.erase("c", NOBODY, 10)

    assert store.record_withdrawals({"complained": ["email"]}, 20) == 0


def test_an_import_without_times_fills_gaps_and_one_with_times_is_recorded(store: SqlStore) -> None:
    store.put_customers([profile("known", 10, email=False)])
    rows = [
        {"customer_id": customer, "account_id": None, "role": None, "attributes": "{}", "locale": None,
         "time_zone": None,
         "updated_at": 0, "consent": json.dumps({"email": True, "sms": False})}
        for customer in ("known", "new")
    ]  # fmt: skip
    store.load("customers", rows)
    assert held(store, "new") == {"email": True, "sms": False}
    assert held(store, "known") == {"email": False}

    exact = {"customer_id": "known", "flag": "email", "granted_at": 20, "granted_arrived_at": 21,
             "granted_by": "form", "refused_at": None, "refused_arrived_at": None,
             "refused_by": None}  # fmt: skip
    assert store.load("consents", [exact]).new == 1
    assert store.load("consents", [exact]).new == 0
    assert held(store, "known") == {"email": True}
    assert store.consents("known")["email"].granted == Statement(20, 21, "form")


def test_a_store_from_before_has_its_profiles_in_ledgers_and_gets_them_back(database: Database) -> None:
    migrate.upgrade(database, "0010")
    before = [("a", '{"email":true,"sms":false}', 10), ("b", "{}", 5), ("c", '{"email":false}', 0)]
    insert = (
        "INSERT INTO customers (customer_id, attributes, consent, updated_at) VALUES (:who, '{}', :told, :at)"
    )
    with database.engine().connect().execution_options(**WRITE) as connection, connection.begin():
        for who, told, at in before:
            connection.execute(sa.text(insert), {"who": who, "told": told, "at": at})

    migrate.upgrade(database)
    store = SqlStore(database)
    expected: dict[str, Ledger] = {
        "a": {
            "email": Standing(granted=Statement(10, 10, "profile")),
            "sms": Standing(refused=Statement(10, 10, "profile")),
        },
        "b": {},
        "c": {"email": Standing(refused=Statement(0, 0, "profile"))},
    }
    assert {who: store.consents(who) for who in expected} == expected

    store.add_interactions([unsubscribe("i", "a", 20)])
    migrate.downgrade(database, "0010")
    with database.engine().connect() as connection:
        found = connection.execute(sa.text("SELECT customer_id, consent FROM customers ORDER BY 1")).all()
    assert [(who, json.loads(told)) for who, told in found] == [
        ("a", {"email": False, "sms": False}),
        ("b", {}),
        ("c", {"email": False}),
    ]


@pytest.mark.parametrize("first", ["email", "sms"])
def test_a_ledger_lies_in_the_order_of_its_flags(store: SqlStore, first: str) -> None:
    """Whatever came first: what depends on the order would depend on arrival."""
    for flag in dict.fromkeys([first, "email", "sms"]):
        store.put_customers([profile("c", 10, **{flag: True})])

    assert list(store.state("c", FAR, 10).consents) == ["email", "sms"]


SAYINGS = st.lists(
    st.tuples(
        st.sampled_from(["grant", "refuse", "leave", "merge"]),
        st.integers(0, 2),
        st.sampled_from(["email", "sms"]),
        st.integers(1, 20),
    ),
    max_size=10,
)


@given(sayings=SAYINGS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_said_in_whatever_order_the_last_statement_of_a_person_holds(
    store: SqlStore, sayings: list[tuple[str, int, str, int]]
) -> None:
    """Grants, refusals and events of three ids, some of which turn out to be one person."""
    run = uuid.uuid4().hex
    ids = [f"{run}-{number}" for number in range(3)]
    whose = {one: one for one in ids}
    told: list[tuple[str, str, tuple[int, int], bool]] = []
    for number, (kind, who, flag, at) in enumerate(sayings):
        customer, arrived_at = ids[who], 5 + number
        if kind == "merge":
            store.merge(ids[0], [customer], at=at, ids=NOBODY, profile=None)
            whose[customer] = ids[0]
            continue
        if kind == "leave":
            event = unsubscribe(f"{run}-{number}", customer, at, arrived_at)
            store.add_interactions([replace(event, withdraws=(flag,))])
        else:
            row = profile(customer, at, **{flag: kind == "grant"})
            store.put_customers([replace(row, consented_at=at, arrived_at=arrived_at)])
        told.append((customer, flag, (min(at, arrived_at), arrived_at), kind == "grant"))

    for one in ids:
        mine = sorted(
            (saying for saying in told if whose[saying[0]] == whose[one]),
            key=lambda saying: (saying[2], not saying[3]),
        )
        assert held(store, one) == {flag: given for _, flag, _, given in mine}
