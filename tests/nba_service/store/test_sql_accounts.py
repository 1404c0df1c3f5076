"""Accounts in the store, on each backend: who is in them, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from nba_service.store.rows import AccountRow, Claim, CustomerRow
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import FAR, decision, interaction


@pytest.fixture
def ids() -> Iterator[str]:
    return (f"m-{number}" for number in count())


def people(store: SqlStore, account: str = "acme") -> dict[str, str | None]:
    found = store.account(account, 100).people
    return {one.person: one.customer.role if one.customer else None for one in found}


def test_an_account_replaces_itself_and_says_whether_anything_changed(store: SqlStore) -> None:
    row = AccountRow(account_id="acme", attributes={"employees": 5}, updated_at=7)

    assert store.put_account(row) is True
    assert (
        store.put_account(AccountRow(account_id="acme", attributes={"employees": 5}, updated_at=9)) is False
    )
    assert store.account("acme", 100).account == row
    assert store.account("other", 100).account is None
    assert [entry.kind for entry in store.audit_log.entries()] == ["account.put"]


def test_a_membership_changes_nothing_else_of_a_profile(store: SqlStore, ids: Iterator[str]) -> None:
    store.put_customers([CustomerRow(customer_id="ada", attributes={"age": 40}, updated_at=5)])
    store.add_interactions([interaction("i-1", at=3)])
    before = store.past("ada")

    assert store.put_member("ada", "acme", "user", at=9, ids=ids) is True
    assert store.put_member("ada", "acme", "user", at=10, ids=ids) is False

    after = store.past("ada")
    assert after.customer is not None
    assert (after.customer.role, after.customer.attributes, after.customer.updated_at) == (
        "user",
        {"age": 40},
        5,
    )
    assert after.past == before.past
    assert after.version > before.version
    assert store.put_member("ada", None, None, at=11, ids=ids) is True
    assert people(store) == {}


def test_who_merges_brings_their_account_and_who_parts_takes_it_along(
    store: SqlStore, ids: Iterator[str]
) -> None:
    store.put_customers([CustomerRow(customer_id="ada", attributes={"age": 40}, updated_at=5)])
    store.put_member("v-1", "acme", "user", at=9, ids=ids)

    store.merge("ada", ["v-1"], at=10, ids=ids, profile=None)
    assert people(store) == {"ada": "user"}

    store.part("ada", "v-1", at=11, ids=ids)
    assert people(store) == {"v-1": "user"}


def test_an_erased_person_is_in_no_account_and_in_no_audit_row(store: SqlStore, ids: Iterator[str]) -> None:
    store.put_member("ada", "acme", "user", at=9, ids=ids)

    store.erase("ada", ids, 10)

    assert people(store) == {}
    assert [entry.kind for entry in store.audit_log.entries()] == ["customer.account", "customer.erased"]


def test_a_deleted_account_leaves_its_people(store: SqlStore, ids: Iterator[str]) -> None:
    store.put_account(AccountRow(account_id="acme", updated_at=1))
    for person in ("ada", "bob"):
        store.put_member(person, "acme", None, at=9, ids=ids)

    assert store.forget_account("acme", at=10, ids=ids) == 3
    assert store.forget_account("acme", at=11, ids=ids) == 0

    assert people(store) == {}
    assert store.customer("ada") is not None


def test_accounts_are_listed_with_the_number_of_their_people(store: SqlStore, ids: Iterator[str]) -> None:
    for account in ("acme", "brix"):
        store.put_account(AccountRow(account_id=account, updated_at=1))
    store.put_member("ada", "brix", None, at=9, ids=ids)

    listed = [(row["account_id"], row["people"]) for row in store.accounts("", 10)]
    assert listed == [("acme", 0), ("brix", 1)]
    assert len(store.accounts("acme", 10)) == 1


def test_a_decision_is_refused_when_a_colleague_has_changed_since(
    store: SqlStore, ids: Iterator[str]
) -> None:
    store.put_member("ada", "acme", None, at=9, ids=ids)
    store.put_member("bob", "acme", None, at=9, ids=ids)
    mine, theirs = (store.state(who, FAR, 1).version for who in ("ada", "bob"))
    claim = Claim(version=mine, others=(("bob", theirs),))
    store.add_interactions([interaction("i-1", customer="bob", at=10)])

    refused = store.add_decisions([decision("d-1", customer="ada")], {"d-1": claim})
    again = Claim(version=mine, others=(("bob", store.state("bob", FAR, 1).version),))
    stored = store.add_decisions([decision("d-1", customer="ada")], {"d-1": again})

    assert (refused.new, refused.refused) == (0, ("d-1",))
    assert (stored.new, stored.refused) == (1, ())


def test_two_decisions_about_one_account_that_saw_the_same_do_not_both_hold(
    store: SqlStore, ids: Iterator[str]
) -> None:
    store.put_member("ada", "acme", None, at=9, ids=ids)
    store.put_member("bob", "acme", None, at=9, ids=ids)
    version = {who: store.state(who, FAR, 1).version for who in ("ada", "bob")}
    claims = {
        "d-1": Claim(version=version["ada"], others=(("bob", version["bob"]),)),
        "d-2": Claim(version=version["bob"], others=(("ada", version["ada"]),)),
    }
    rows = [decision("d-1", customer="ada"), decision("d-2", customer="bob")]

    written = store.add_decisions(rows, claims)

    assert (written.new, written.refused) == (1, ("d-2",))
