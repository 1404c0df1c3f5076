"""Accounts in a SQL database; see ``nba_service.store.interface``."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.http.json_body import canonical_json
from nba_service.store.identity import profiles
from nba_service.store.reads.sql_reads import SqlReads
from nba_service.store.records import accounts
from nba_service.store.records.audit_log import append
from nba_service.store.rows import AccountRow, StoredAccount
from nba_service.store.sql.connection import translated
from nba_service.store.sql.row_codec import account_row
from nba_service.store.sql.tables import audit
from nba_service.store.writes import aliases as merging


class SqlAccounts(SqlReads):
    """Accounts and who is in them."""

    def account(self, account_id: str, limit: int) -> StoredAccount:
        with translated():
            found = self._reader.account(account_id, limit)
        row = None if found.row is None else account_row(found.row)
        return StoredAccount(account=row, people=tuple(self._known(person) for person in found.people))

    def accounts(self, after: str, limit: int) -> Sequence[Mapping[str, object]]:
        with self._transaction() as connection:
            return accounts.listed(connection, after, limit)

    def put_account(self, row: AccountRow) -> bool:
        self._writes.catch_up()
        return self._write(lambda connection: _put(connection, row))

    def put_member(
        self, customer_id: str, account_id: str | None, role: str | None, *, at: int, ids: Iterator[str]
    ) -> bool:
        self._writes.catch_up()
        return self._write(
            lambda connection: self._put_member(connection, customer_id, account_id, role, at, ids)
        )

    def forget_account(self, account_id: str, *, at: int, ids: Iterator[str]) -> int:
        self._writes.catch_up()
        return self._write(lambda connection: self._forget(connection, account_id, at, ids))

    def _put_member(
        self,
        connection: Connection,
        customer_id: str,
        account_id: str | None,
        role: str | None,
        at: int,
        ids: Iterator[str],
    ) -> bool:
        merging.one_at_a_time(connection)
        person = self._people.touch_without_events(connection, [customer_id])[customer_id]
        if not profiles.put_member(connection, person, customer_id, account_id, role, at):
            return False
        _note(connection, person, account_id, role, at, next(ids))
        return True

    def _forget(self, connection: Connection, account_id: str, at: int, ids: Iterator[str]) -> int:
        merging.one_at_a_time(connection)
        touched = 0
        while people := accounts.people_of(connection, account_id, _PORTION):
            self._people.touch_without_events(connection, people)
            for person in people:
                profiles.put_member(connection, person, person, None, None, at)
                _note(connection, person, None, None, at, next(ids))
            touched += len(people)
        if accounts.forget(connection, account_id):
            touched += 1
            append(connection, "account.deleted", account_id, {}, at)
        return touched


def _put(connection: Connection, row: AccountRow) -> bool:
    if not accounts.put(connection, row):
        return False
    content = hashlib.sha256(canonical_json(row.attributes).encode()).hexdigest()
    append(connection, "account.put", row.account_id, {"attributes": content}, row.updated_at)
    return True


def _note(
    connection: Connection, person: str, account_id: str | None, role: str | None, at: int, audit_id: str
) -> None:
    """Leave a row that names the person until they are erased, and a sealed entry in the chain."""
    detail = {"account_id": account_id, "role": role, "salt": secrets.token_hex(16)}
    row = {"audit_id": audit_id, "at": at, "kind": "membership", "customer_id": person}
    connection.execute(sa.insert(audit), {**row, "detail": canonical_json(detail)})
    sealed = hashlib.sha256(canonical_json({**detail, "customer_id": person}).encode()).hexdigest()
    append(connection, "customer.account", audit_id, {"sealed": sealed}, at)


_PORTION = 200
