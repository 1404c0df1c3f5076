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
from typing import Any, Final, NamedTuple, TypeGuard

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from nba_service.store.rows import Claim, Seat
from nba_service.store.sql.sqlite_driver import AnyConnection, Statement
from nba_service.store.sql.tables import aliases, capacity, people

_CHUNK: Final = 500

NEVER: Final = 2**62
"""The oldest time of people of whom there is no interaction and no contact (ms)."""


class Span(NamedTuple):
    """What is written about a person: the oldest time of its interactions and contacts, and the newest of
    all times (ms)."""

    first: int
    latest: int


NO_ROWS: Final = Span(NEVER, 0)
"""Of a profile."""


class People:
    """The statements about people in the words of one database."""

    def __init__(self, dialect: str) -> None:
        insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
        first = insert(people).on_conflict_do_nothing(index_elements=["customer_id"])
        self._touch = Statement(_touching(insert(people)))
        self._first = Statement(first)
        self._first_told = first.returning(people.c.customer_id)
        self._sit = Statement(_sitting(insert(capacity)))
        self._postgres = dialect == "postgresql"

    def touch(self, connection: AnyConnection, moments: Mapping[str, Span]) -> None:
        """Raise the versions of people; ``moments``: person → the times now written about them."""
        rows = [_person(person, span) for person, span in moments.items()]
        if rows:
            self._touch.run_all(connection, sorted(rows, key=lambda row: str(row["customer_id"])))

    def touch_all(self, connection: Connection, moments: Mapping[str, Span]) -> dict[str, str]:
        """As ``touch``, and for whom the ids stand, aliases resolved once nobody can merge them any more."""
        self.touch(connection, moments)
        found = persons(connection, moments)
        moved = {found[asked]: span for asked, span in moments.items() if found[asked] != asked}
        self.touch(connection, moved)
        return found

    def claim(self, connection: AnyConnection, person: str, claim: Claim, at: int) -> bool:
        """Raise the version of a person if it is the claimed one."""
        if claim.version is None:
            self.touch(connection, {person: Span(at, at)})
            return True
        if claim.version == 0:
            return bool(self._first.run(connection, _person(person, Span(at, at))).rowcount)
        parameters = {"person": person, "expected": claim.version, "at": at}
        return bool(_CLAIM.run(connection, parameters).rowcount)

    def claim_all(
        self, connection: AnyConnection, asked: Sequence[tuple[str, str, Claim, int]]
    ) -> frozenset[str]:
        """Which claims hold, of (person, decision id, claim, moment) in the order of persons.

        Of several about one person that saw the same version the first holds.
        """
        versioned = all(claim.version is not None for _, _, claim, _ in asked)
        if self._together(connection) and len(asked) > 1 and versioned:
            return self._claim_together(connection, asked)
        return frozenset(key for person, key, claim, at in asked if self.claim(connection, person, claim, at))

    def _together(self, connection: AnyConnection) -> TypeGuard[Connection]:
        """Whether each statement is a journey to the server, so that few of them pay."""
        return self._postgres

    def _claim_together(
        self, connection: Connection, asked: Sequence[tuple[str, str, Claim, int]]
    ) -> frozenset[str]:
        """As one by one, in three journeys to the server: lock in order and read, insert, raise."""
        names = sorted({person for person, *_ in asked})
        version = _locked_versions(connection, names)
        newcomers = [person for person in names if person not in version]
        held, moments = _holding(asked, version)
        fresh = [_person(one, moments[one]) for one in newcomers if one in moments]
        came = set(connection.execute(self._first_told, fresh).scalars()) if fresh else set()
        self.touch(connection, {one: span for one, span in moments.items() if one not in newcomers})
        late = set(newcomers) - came  # another process was faster
        return frozenset(key for person, key, *_ in asked if key in held and person not in late)

    def seat_all(self, connection: AnyConnection, asked: Mapping[str, Sequence[Seat]]) -> frozenset[str]:
        """Take the seats of each decision; those for which there is no room."""
        self._lock_seats(connection, [seat for seats in asked.values() for seat in seats])
        return frozenset(key for key, seats in asked.items() if not self.take_seats(connection, seats))

    def _lock_seats(self, connection: AnyConnection, seats: Sequence[Seat]) -> None:
        """Where rows are locked one by one: all at once in one order, for decisions come in another."""
        places = sorted({(seat.channel, seat.day) for seat in seats})
        if self._together(connection) and len(places) > 1:
            statement = (
                sa.select(capacity.c.used)
                .where(sa.tuple_(capacity.c.channel, capacity.c.day).in_(places))
                .order_by(capacity.c.channel, capacity.c.day)
                .with_for_update()
            )
            connection.execute(statement).all()

    def take_seats(self, connection: AnyConnection, seats: Sequence[Seat]) -> bool:
        """Take all the seats, or none and say so."""
        taken: list[Seat] = []
        for seat in sorted(seats, key=lambda seat: (seat.channel, seat.day)):
            row = {"channel": seat.channel, "day": seat.day, "used": 1, "most": seat.most}
            if seat.most < 1 or not self._seated(connection, row):
                for one in taken:
                    _RISE.run(connection, {"on": one.channel, "when": one.day})
                return False
            taken.append(seat)
        return True

    def _seated(self, connection: AnyConnection, row: Mapping[str, object]) -> bool:
        return bool(self._sit.run(connection, row).rowcount)


def _person(person: str, span: Span) -> dict[str, object]:
    return {"customer_id": person, "version": 1, "latest_at": span.latest, "first_at": span.first}


def _locked_versions(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """The versions of people, locked in the order of their ids until the transaction ends."""
    found: dict[str, int] = {}
    for start in range(0, len(names), _CHUNK):
        statement = (
            sa.select(people.c.customer_id, people.c.version)
            .where(people.c.customer_id.in_(names[start : start + _CHUNK]))
            .order_by(people.c.customer_id)
            .with_for_update()
        )
        found.update((person, version) for person, version in connection.execute(statement))
    return found


def _holding(
    asked: Sequence[tuple[str, str, Claim, int]], version: Mapping[str, int]
) -> tuple[set[str], dict[str, Span]]:
    """The decisions whose claims hold, and the moments of each person they are about."""
    now = dict(version)
    held: set[str] = set()
    moments: list[tuple[str, int]] = []
    for person, key, claim, at in asked:
        if claim.version == now.get(person, 0):
            held.add(key)
            moments.append((person, at))
            now[person] = now.get(person, 0) + 1
    return held, spans(moments)


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


def spans(pairs: Iterable[tuple[str, int]]) -> dict[str, Span]:
    """Person → the times of their interactions and contacts."""
    found: dict[str, Span] = {}
    for person, at in pairs:
        first, latest = found.get(person, (at, at))
        found[person] = Span(min(at, first), max(at, latest))
    return found


def answers(pairs: Iterable[tuple[str, int]]) -> dict[str, Span]:
    """Person → the times of outcomes, which are no contacts."""
    return {person: Span(NEVER, span.latest) for person, span in spans(pairs).items()}


def used_seats(connection: Connection, channels: Sequence[str], day: int) -> dict[str, int]:
    """How many contacts each channel has had on a day."""
    statement = sa.select(capacity.c.channel, capacity.c.used).where(
        capacity.c.day == day, capacity.c.channel.in_(channels)
    )
    return {row.channel: row.used for row in connection.execute(statement)}


def _later(at: object) -> object:
    return sa.case((people.c.latest_at < at, at), else_=people.c.latest_at)


def _earlier(at: object) -> object:
    """What is not known stays so."""
    return sa.case((people.c.first_at > at, at), else_=people.c.first_at)


def _touching(insert: Any) -> Any:
    raised = {
        "version": people.c.version + 1,
        "latest_at": _later(insert.excluded.latest_at),
        "first_at": _earlier(insert.excluded.first_at),
    }
    return insert.on_conflict_do_update(index_elements=["customer_id"], set_=raised)


def _sitting(insert: Any) -> Any:
    return insert.values(
        channel=sa.bindparam("channel"), day=sa.bindparam("day"), used=sa.bindparam("used")
    ).on_conflict_do_update(
        index_elements=["channel", "day"],
        set_={"used": capacity.c.used + 1},
        where=capacity.c.used < sa.bindparam("most"),
    )


_AT: Final = sa.bindparam("at", type_=sa.BigInteger)

_CLAIM: Final = Statement(
    sa.update(people)
    .where(people.c.customer_id == sa.bindparam("person"), people.c.version == sa.bindparam("expected"))
    .values(version=people.c.version + 1, latest_at=_later(_AT), first_at=_earlier(_AT))
)

_RISE: Final = Statement(
    sa.update(capacity)
    .where(capacity.c.channel == sa.bindparam("on"), capacity.c.day == sa.bindparam("when"))
    .values(used=capacity.c.used - 1)
)
