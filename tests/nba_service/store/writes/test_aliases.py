"""Merging people: what was theirs moves, consents stay refused, and nobody is pulled into another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from nba_service.store.identity.profiles import fill
from nba_service.store.rows import CustomerRow, Merged
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import FAR, decision, interaction, outcome


@pytest.fixture
def ids() -> Iterator[str]:
    return (f"audit-{number}" for number in itertools.count())


def merge(
    store: SqlStore, ids: Iterator[str], into: str, *aliases: str, profile: CustomerRow | None = None
) -> Merged:
    return store.merge(into, aliases, at=5, ids=ids, profile=profile)


def test_history_under_an_alias_is_the_persons(store: SqlStore, ids: Iterator[str]) -> None:
    store.add_interactions([interaction("i", customer="visitor"), interaction("j", customer="ada", at=1_500)])
    store.add_decisions([decision("d", customer="visitor", at=1_200, delivered=1_200)])
    store.add_outcomes([outcome("o", "d")])

    assert merge(store, ids, "ada", "visitor") == Merged(person="ada", merged=("visitor",))

    for name in ("ada", "visitor"):
        state = store.state(name, FAR, 10)
        assert state.person == "ada"
        assert [event.key for event in state.events] == ["i", "d", "j", "o"]
    assert store.aliases_of("visitor") == ("visitor",)
    assert store.persons(["ada", "visitor", "x"]) == {"ada": "ada", "visitor": "ada", "x": "x"}


def test_a_repeat_changes_nothing_and_a_chain_ends_at_one_person(store: SqlStore, ids: Iterator[str]) -> None:
    merge(store, ids, "b", "c")
    merge(store, ids, "a", "b")

    assert merge(store, ids, "c", "b", "c") == Merged(person="a")
    assert store.persons(["a", "b", "c"]) == {"a": "a", "b": "a", "c": "a"}
    assert sorted(store.aliases_of("a")) == ["b", "c"]
    assert [entry.kind for entry in store.audit_log.entries()] == ["customer.merged"] * 2


def test_an_alias_of_somebody_else_is_refused_with_all_that_came_with_it(
    store: SqlStore, ids: Iterator[str]
) -> None:
    merge(store, ids, "ada", "shared")
    store.put_customers([CustomerRow(customer_id="bob", locale="en")])

    told = merge(store, ids, "bob", "new", "shared", profile=CustomerRow(customer_id="bob", locale="de"))

    assert told == Merged(person="bob", taken=("shared",))
    assert store.persons(["new"]) == {"new": "new"}
    profile = store.customer("bob")
    assert profile is not None
    assert profile.locale == "en"


def test_a_stored_profile_gets_what_it_lacks_and_refusals_win(store: SqlStore, ids: Iterator[str]) -> None:
    ada = CustomerRow(customer_id="ada", attributes={"a": 1}, consent={"email": True}, updated_at=3)
    visitor = CustomerRow(
        customer_id="visitor", attributes={"a": 2, "b": 2}, consent={"email": False, "web": True},
        locale="de", updated_at=9,
    )  # fmt: skip
    store.put_customers([ada, visitor])

    merge(store, ids, "ada", "visitor")

    expected = CustomerRow(
        customer_id="ada", attributes={"a": 1, "b": 2}, consent={"email": False, "web": True}, locale="de",
        updated_at=9,
    )  # fmt: skip
    assert store.customer("ada") == store.customer("visitor") == expected


def test_a_stated_profile_replaces_the_persons_and_its_consent_counts(
    store: SqlStore, ids: Iterator[str]
) -> None:
    store.put_customers(
        [
            CustomerRow(customer_id="ada", attributes={"old": 1}),
            CustomerRow(customer_id="visitor", attributes={"b": 2}, consent={"email": False}),
        ]
    )
    stated = CustomerRow(customer_id="ada", attributes={"a": 1}, consent={"email": True})

    merge(store, ids, "ada", "visitor", profile=stated)

    assert store.customer("ada") == replace(stated, attributes={"a": 1, "b": 2})


def test_filling_takes_only_what_is_missing() -> None:
    profile = CustomerRow(customer_id="a", account_id="x", consent={"email": True}, updated_at=5)
    gaps = CustomerRow(
        customer_id="b", account_id="y", consent={"email": False}, time_zone="UTC", updated_at=3
    )

    assert fill(profile, gaps) == replace(profile, time_zone="UTC"), "whose consent counts the ledger says"
