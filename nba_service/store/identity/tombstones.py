"""What an erasure leaves, so that nothing of the person comes back.

A journal of another host may hold what was written about the person before. So the hashes of their ids, and
of the ids of their decisions, are kept with the time of the erasure as long as a journal may be replayed
(``KEPT_DAYS``). The hashes have a salt of this database's own, which goes when the last of them goes. Every
function runs inside the caller's transaction, alone with regard to erasures (``one_at_a_time``).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.history import DAY_MS
from nba_service.store.rows import CustomerRow, DecisionRow, InteractionRow, OutcomeRow
from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.tables import marks, tombstones

JournaledRow = CustomerRow | InteractionRow | OutcomeRow | DecisionRow

KEPT_DAYS: Final = 90
"""What waited longer in a journal is not stored any more: it cannot be told whether it was erased."""

KEPT_MS: Final = KEPT_DAYS * DAY_MS

_SALT: Final = "tombstones "
_NAMES: Final = ("customer_id", "alias", "decision_id")
_TIMES: Final = {
    "interactions": ("occurred_at",),
    "decisions": ("decided_at",),
    "consents": ("granted_arrived_at", "refused_arrived_at"),
    "aliases": ("merged_at",),
}
"""What says when a row of an export was written; of others nothing does, so they are of before."""


def bury(connection: Connection, ids: Iterable[str], at: int) -> None:
    """Remember that ids were erased at ``at`` (ms); forget what was erased too long before."""
    drop(connection, at - KEPT_MS)
    salt = _salt(connection) or _new_salt(connection, at)
    rows = [{"id_hash": _hash(salt, one), "erased_at": at} for one in sorted(set(ids))]
    insert = dialect_of(connection).insert(tombstones)
    later = sa.case(
        (tombstones.c.erased_at < insert.excluded.erased_at, insert.excluded.erased_at),
        else_=tombstones.c.erased_at,
    )
    connection.execute(
        insert.on_conflict_do_update(index_elements=["id_hash"], set_={"erased_at": later}), rows
    )


def erased_at(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    """Which of the ids were erased, and when last (ms)."""
    salt = _salt(connection)
    if salt is None:
        return {}
    of_hash = {_hash(salt, one): one for one in ids}
    found: dict[str, int] = {}
    for chunk in chunks(list(of_hash)):
        statement = sa.select(tombstones).where(tombstones.c.id_hash.in_(chunk))
        found.update((of_hash[key], at) for key, at in connection.execute(statement))
    return found


def erased_among(connection: Connection, rows: Sequence[JournaledRow]) -> dict[int, int]:
    """Which rows, by their place, name somebody who was erased after they were journaled, and when (ms)."""
    erased = erased_at(connection, {one for row in rows for one in ids_of(row)})
    if not erased:
        return {}
    latest = [max((erased.get(one, -1) for one in ids_of(row)), default=-1) for row in rows]
    return {place: at for place, at in enumerate(latest) if 0 < rows[place].journaled_at <= at}


def buried_among(connection: Connection, table: str, rows: Sequence[Mapping[str, object]]) -> frozenset[int]:
    """Which rows of an export, by their place, are of before somebody's erasure."""
    named = [{str(one) for name in _NAMES if (one := row.get(name)) is not None} for row in rows]
    erased = erased_at(connection, set().union(*named))
    if not erased:
        return frozenset()
    latest = [max((erased.get(one, -1) for one in ids), default=-1) for ids in named]
    return frozenset(place for place, at in enumerate(latest) if 0 <= _moment(table, rows[place]) <= at)


def ids_of(row: JournaledRow) -> set[str]:
    """The people and decisions that a row names."""
    named = (getattr(row, name, None) for name in ("customer_id", "came_as", "decision_id"))
    return {one for one in named if one}


def _moment(table: str, row: Mapping[str, object]) -> int:
    times = [row.get(name) for name in _TIMES.get(table, ())]
    return max((time for time in times if isinstance(time, int)), default=0)


def newest(connection: Connection) -> int:
    """The time of the last erasure (ms); 0: there is none."""
    return connection.execute(sa.select(sa.func.max(tombstones.c.erased_at))).scalar() or 0


def drop(connection: Connection, before: int) -> None:
    """Forget what was erased before a moment (ms), and the salt with the last of it."""
    connection.execute(sa.delete(tombstones).where(tombstones.c.erased_at < before))
    if connection.execute(sa.select(tombstones.c.id_hash).limit(1)).scalar() is None:
        connection.execute(sa.delete(marks).where(marks.c.name.startswith(_SALT)))


def _salt(connection: Connection) -> str | None:
    name = connection.execute(sa.select(marks.c.name).where(marks.c.name.startswith(_SALT))).scalar()
    return None if name is None else str(name).removeprefix(_SALT)


def _new_salt(connection: Connection, at: int) -> str:
    salt = secrets.token_hex(32)
    connection.execute(sa.insert(marks), {"name": f"{_SALT}{salt}", "at": at})
    return salt


def _hash(salt: str, one: str) -> str:
    return hmac.new(bytes.fromhex(salt), one.encode(), hashlib.sha256).hexdigest()
