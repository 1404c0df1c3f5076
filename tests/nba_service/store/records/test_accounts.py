"""Accounts of an import: new ones are added, others stay as they are."""

from __future__ import annotations

from nba_service.store.rows import AccountRow
from nba_service.store.sql_store import SqlStore


def test_an_import_adds_what_is_new_and_names_what_differs(store: SqlStore) -> None:
    store.put_account(AccountRow(account_id="acme", attributes={"employees": 5}, updated_at=7))
    rows = [
        {"account_id": "acme", "attributes": '{"employees":6}'},
        {"account_id": "brix", "attributes": None},
        {"account_id": "brix", "attributes": "{}"},
    ]

    written = store.load("accounts", rows)

    assert (written.new, written.known, written.conflicts) == (1, 1, ("acme",))
    assert store.account("acme", 1).account == AccountRow(
        account_id="acme", attributes={"employees": 5}, updated_at=7
    )
    assert store.account("brix", 1).account == AccountRow(account_id="brix")
