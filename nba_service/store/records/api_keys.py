"""The table of API keys: hashes and what each key may do.

Knows rows and transactions; knows nothing of requests or of how a key's text is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.keys.key import Key
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind
from nba_service.store.records.audit_log import append
from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.tables import api_keys

Transaction = Callable[..., AbstractContextManager[Connection]]

_LOCK: Final = 0x4E424B  # "NBK": one change of keys at a time
_COLUMNS: Final = [column for column in api_keys.columns if column.name != "key_hash"]


class KeyTable:
    """Reads and writes keys; ``transaction(write=...)`` is the store's own."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, key: Key, key_hash: str, most_live: int) -> tuple[Key, ...]:
        """Store a key, unless its name has ``most_live`` live ones.

        Those are returned then.
        """
        with self._transaction(write=True) as connection:
            dialect_of(connection).lock(connection, _LOCK)
            live = tuple(
                other
                for other in _read(connection, api_keys.c.name == key.name)
                if other.is_live(key.created_at)
            )
            if len(live) >= most_live:
                return live
            connection.execute(sa.insert(api_keys), {**_row(key), "key_hash": key_hash})
            row = _row(key)
            detail = {
                name: row[name] for name in ("name", "kind", "scopes", "origins", "placements", "expires_at")
            }
            append(connection, "key.created", key.key_id, detail, key.created_at)
        return ()

    def revoke(self, key_ids: Sequence[str], at: int) -> tuple[Key, ...]:
        """Revoke keys that are not yet; returns those that were changed."""
        chosen = sa.and_(api_keys.c.key_id.in_(key_ids), api_keys.c.revoked_at.is_(None))
        with self._transaction(write=True) as connection:
            dialect_of(connection).lock(connection, _LOCK)
            revoked = _read(connection, chosen)
            connection.execute(sa.update(api_keys).where(chosen).values(revoked_at=at))
            for key in revoked:
                append(connection, "key.revoked", key.key_id, {"name": key.name}, at)
        return revoked

    def all(self) -> tuple[Key, ...]:
        """Every key there ever was, the newest first."""
        with self._transaction() as connection:
            return _read(connection, sa.true())

    def unrevoked(self) -> Mapping[str, Key]:
        """Hash → key, of all that are not revoked.

        They may have expired.
        """
        statement = sa.select(api_keys).where(api_keys.c.revoked_at.is_(None))
        with self._transaction() as connection:
            rows = connection.execute(statement).mappings().all()
        return {row["key_hash"]: _key(row) for row in rows}

    def touch(self, used: Mapping[str, int]) -> None:
        """Note when keys (by id) were last used."""
        rows = [{"of": key_id, "at": at} for key_id, at in sorted(used.items())]
        with self._transaction(write=True) as connection:
            connection.execute(_TOUCH, rows)


_TOUCH: Final = (
    sa.update(api_keys)
    .where(
        api_keys.c.key_id == sa.bindparam("of"),
        sa.func.coalesce(api_keys.c.last_used_at, 0) < sa.bindparam("at", type_=sa.BigInteger),
    )
    .values(last_used_at=sa.bindparam("at", type_=sa.BigInteger))
)


def _read(connection: Connection, which: sa.ColumnElement[bool]) -> tuple[Key, ...]:
    statement = sa.select(*_COLUMNS).where(which).order_by(api_keys.c.created_at.desc(), api_keys.c.key_id)
    return tuple(_key(row) for row in connection.execute(statement).mappings())


def _row(key: Key) -> dict[str, object]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "kind": key.kind.value,
        "scopes": orjson.dumps(sorted(key.scopes)).decode(),
        "origins": orjson.dumps(key.origins).decode(),
        "placements": orjson.dumps(key.placements).decode(),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def _key(row: sa.RowMapping) -> Key:
    return Key(
        key_id=row["key_id"],
        name=row["name"],
        kind=KeyKind(row["kind"]),
        scopes=frozenset(Scope(scope) for scope in orjson.loads(row["scopes"])),
        origins=tuple(orjson.loads(row["origins"])),
        placements=tuple(orjson.loads(row["placements"])),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )
