"""Whose row it is: one person behind several ids, a version that every write about them raises.

A decision is made from what was read and stored only if the person's version is still the one that was
read. That makes contact limits hold exactly, whichever process, replica or alias asked at the same time:
of two decisions made from the same state one is stored, and the other is made anew.

Knows the tables ``people``, ``aliases`` and ``capacity``; knows nothing of limits or journeys. Every
function runs inside the caller's transaction. Locks are taken in one order (decisions, people by id,
capacity), so that two transactions never wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from nba_service.store.rows import Claim, Seat
from nba_service.store.tables import aliases, capacity, people

_CHUNK: Final = 500
_COUNTED: Final = {"preserve_rowcount": True}  # else SQLAlchemy drops the count of an INSERT


class People:
    """The statements about people in the words of one database."""

    def __init__(self, dialect: str) -> None:
        insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
        self._touch = _touching(insert(people))
        self._first = insert(people).on_conflict_do_nothing(index_elements=["customer_id"])
        self._sit = _sitting(insert(capacity))

    def touch(self, connection: Connection, moments: Mapping[str, int]) -> None:
        """Raise the versions of people; ``moments``: person → the newest time now written about them."""
        rows = [{"customer_id": person, "version": 1, "latest_at": at} for person, at in moments.items()]
        if rows:
            connection.execute(self._touch, sorted(rows, key=lambda row: str(row["customer_id"])))

    def touch_all(self, connection: Connection, moments: Mapping[str, int]) -> dict[str, str]:
        """As ``touch``, and for whom the ids stand, aliases resolved once nobody can merge them any more."""
        self.touch(connection, moments)
        found = persons(connection, moments)
        moved = {found[asked]: at for asked, at in moments.items() if found[asked] != asked}
        self.touch(connection, moved)
        return found

    def claim(self, connection: Connection, person: str, claim: Claim, at: int) -> bool:
        """Raise the version of a person if it is the claimed one."""
        if claim.version is None:
            self.touch(connection, {person: at})
            return True
        if claim.version == 0:
            row = {"customer_id": person, "version": 1, "latest_at": at}
            return connection.execute(self._first, row, execution_options=_COUNTED).rowcount > 0
        parameters = {"person": person, "expected": claim.version, "at": at}
        return connection.execute(_CLAIM, parameters).rowcount > 0

    def take_seats(self, connection: Connection, seats: Sequence[Seat]) -> bool:
        """Take all the seats, or none and say so."""
        taken: list[Seat] = []
        for seat in sorted(seats, key=lambda seat: (seat.channel, seat.day)):
            row = {"channel": seat.channel, "day": seat.day, "used": 1, "most": seat.most}
            if seat.most < 1 or not self._seated(connection, row):
                for one in taken:
                    connection.execute(_RISE, {"on": one.channel, "when": one.day})
                return False
            taken.append(seat)
        return True

    def _seated(self, connection: Connection, row: Mapping[str, Any]) -> bool:
        return connection.execute(self._sit, row, execution_options=_COUNTED).rowcount > 0


def persons(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """For whom each id stands: itself, unless it is an alias."""
    asked = list(dict.fromkeys(ids))
    found = {one: one for one in asked}
    for start in range(0, len(asked), _CHUNK):
        statement = sa.select(aliases.c.alias, aliases.c.customer_id).where(
            aliases.c.alias.in_(asked[start : start + _CHUNK])
        )
        found.update((alias, person) for alias, person in connection.execute(statement))
    return found


def newest(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Person → the latest of their times."""
    found: dict[str, int] = {}
    for person, at in pairs:
        found[person] = max(at, found.get(person, at))
    return found


def used_seats(connection: Connection, channels: Sequence[str], day: int) -> dict[str, int]:
    """How many contacts each channel has had on a day."""
    statement = sa.select(capacity.c.channel, capacity.c.used).where(
        capacity.c.day == day, capacity.c.channel.in_(channels)
    )
    return {row.channel: row.used for row in connection.execute(statement)}


def _later(at: Any) -> Any:
    return sa.case((people.c.latest_at < at, at), else_=people.c.latest_at)


def _touching(insert: Any) -> Any:
    raised = {"version": people.c.version + 1, "latest_at": _later(insert.excluded.latest_at)}
    return insert.on_conflict_do_update(index_elements=["customer_id"], set_=raised)


def _sitting(insert: Any) -> Any:
    return insert.values(
        channel=sa.bindparam("channel"), day=sa.bindparam("day"), used=sa.bindparam("used")
    ).on_conflict_do_update(
        index_elements=["channel", "day"],
        set_={"used": capacity.c.used + 1},
        where=capacity.c.used < sa.bindparam("most"),
    )


_CLAIM: Final = (
    sa.update(people)
    .where(people.c.customer_id == sa.bindparam("person"), people.c.version == sa.bindparam("expected"))
    .values(version=people.c.version + 1, latest_at=_later(sa.bindparam("at", type_=sa.BigInteger)))
)

_RISE: Final = (
    sa.update(capacity)
    .where(capacity.c.channel == sa.bindparam("on"), capacity.c.day == sa.bindparam("when"))
    .values(used=capacity.c.used - 1)
)
