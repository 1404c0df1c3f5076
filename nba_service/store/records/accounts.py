"""The rows of the table ``accounts``.

Who the people of an account are stands in their profiles. Every function runs inside the caller's
transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.http.json_body import canonical_json, same_json
from nba_service.store.rows import AccountRow, Written
from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.lookups import plain_row, present, text_in
from nba_service.store.sql.tables import accounts, customers

NO_ATTRIBUTES: Final = "{}"


def put(connection: Connection, row: AccountRow) -> bool:
    """Create or replace an account; False: it was there as it is."""
    stored = present(connection, accounts, [row.account_id]).get(row.account_id)
    if stored is not None and orjson.loads(text_in(stored, "attributes")) == dict(row.attributes):
        return False
    values = {
        "account_id": row.account_id,
        "attributes": canonical_json(row.attributes),
        "updated_at": row.updated_at,
    }
    insert = dialect_of(connection).insert(accounts).values(**values)
    replaced = {name: insert.excluded[name] for name in ("attributes", "updated_at")}
    connection.execute(insert.on_conflict_do_update(index_elements=["account_id"], set_=replaced))
    return True


def load(connection: Connection, rows: Sequence[Mapping[str, object]]) -> Written:
    """Add accounts of an import; what is there already stays."""
    stored = present(connection, accounts, [text_in(row, "account_id") for row in rows])
    new: dict[str, dict[str, object]] = {}
    conflicts: list[str] = []
    for row in rows:
        key, attributes = text_in(row, "account_id"), row.get("attributes") or NO_ATTRIBUTES
        known = stored.get(key) or new.get(key)
        if known is None:
            new[key] = {"account_id": key, "attributes": attributes, "updated_at": row.get("updated_at") or 0}
        elif not same_json(orjson.loads(text_in(known, "attributes")), orjson.loads(str(attributes))):
            conflicts.append(key)
    if new:
        connection.execute(sa.insert(accounts), list(new.values()))
    return Written(new=len(new), known=len(rows) - len(new) - len(conflicts), conflicts=tuple(conflicts))


def forget(connection: Connection, account_id: str) -> bool:
    """Delete the row of an account; whether there was one."""
    return connection.execute(sa.delete(accounts).where(accounts.c.account_id == account_id)).rowcount > 0


def people_of(connection: Connection, account_id: str, limit: int) -> list[str]:
    """The people of an account, in the order of their ids."""
    statement = sa.select(customers.c.customer_id).where(customers.c.account_id == account_id)
    return list(connection.execute(statement.order_by(customers.c.customer_id).limit(limit)).scalars())


def listed(connection: Connection, after: str, limit: int) -> list[Mapping[str, object]]:
    """Accounts beyond ``after``, and how many people each has."""
    number = (
        sa.select(sa.func.count())
        .select_from(customers)
        .where(customers.c.account_id == accounts.c.account_id)
        .scalar_subquery()
    )
    statement = sa.select(accounts, number.label("people")).where(accounts.c.account_id > after)
    rows = connection.execute(statement.order_by(accounts.c.account_id).limit(limit)).mappings()
    return [plain_row(row) for row in rows]
