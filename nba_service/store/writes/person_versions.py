"""Whose row it is.

One person behind several ids, a version that every write about them raises. A decision is made from what was
read and stored only if the person's version is still the one that was read (``claims``). That makes contact
limits hold exactly, whichever process, replica or alias asked at the same time: of two decisions made from
the same state one is stored, and the other is made anew.

Knows the tables ``people`` and ``aliases``; knows nothing of limits or journeys. Every function runs inside
the caller's transaction. Locks are taken in one order (decisions, people by id, capacity), so that two
transactions never wait for each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.store.sql.dialect import Dialect
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.sqlite_driver import AnyConnection, Statement
from nba_service.store.sql.tables import aliases, people
from nba_service.store.states.following import States

NEVER: Final = 2**62
"""The oldest time of people of whom there is no interaction and no contact (ms)."""


class Span(NamedTuple):
    """What is written about a person.

    The oldest time of its interactions and contacts, and the newest of all times (ms).
    """

    first: int
    latest: int


NO_ROWS: Final = Span(NEVER, 0)
"""Of a profile."""


class People:
    """The statements about people in the words of one database.

    ``states``: what follows their versions.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.states = States(dialect)
        insert = dialect.insert(people)
        self._touch = Statement(
            insert.on_conflict_do_update(
                index_elements=["customer_id"],
                set_={
                    "version": people.c.version + 1,
                    "latest_at": later(insert.excluded.latest_at),
                    "first_at": earlier(insert.excluded.first_at),
                },
            )
        )

    def touch(self, connection: AnyConnection, moments: Mapping[str, Span]) -> None:
        """Raise the versions of people; ``moments``: person → the times now written about them."""
        self._touch.run_all(
            connection, [person_columns(person, moments[person]) for person in sorted(moments)]
        )

    def touch_all(self, connection: Connection, moments: Mapping[str, Span]) -> dict[str, str]:
        """As ``touch``, and for whom the ids stand once nobody can merge them any more."""
        return self.touch_counted(connection, moments)[0]

    def touch_without_events(self, connection: Connection, ids: Iterable[str]) -> dict[str, str]:
        """As ``touch_all`` for a write that adds no event: states follow as they are."""
        person, raised = self.touch_counted(connection, dict.fromkeys(ids, NO_ROWS))
        self.states.table.carry(connection, raised)
        return person

    def touch_counted(
        self, connection: Connection, moments: Mapping[str, Span]
    ) -> tuple[dict[str, str], dict[str, int]]:
        """As ``touch_all``, and how often the version of each person was raised.

        A person may be merged into another while we wait for their row, so it is asked again until each id
        stands for somebody who is locked.
        """
        self.touch(connection, moments)
        raised = Counter(moments.keys())
        locked = {(key, key) for key in moments}
        while True:
            person = persons(connection, moments)
            more: dict[str, Span] = {}
            for key, owner in person.items() - locked:
                more[owner] = _both(more.get(owner, moments[key]), moments[key])
            if not more:
                return person, {owner: raised[owner] for owner in person.values()}
            self.touch(connection, more)
            raised.update(more.keys())
            locked |= person.items()


def _both(one: Span, other: Span) -> Span:
    return Span(min(one.first, other.first), max(one.latest, other.latest))


def person_columns(person: str, span: Span) -> dict[str, object]:
    """The row of a person of whom nothing was written before."""
    return {"customer_id": person, "version": 1, "latest_at": span.latest, "first_at": span.first}


def persons(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """For whom each id stands: itself, unless it is an alias."""
    unique = list(dict.fromkeys(ids))
    person = {key: key for key in unique}
    for chunk in chunks(unique):
        statement = sa.select(aliases.c.alias, aliases.c.customer_id).where(aliases.c.alias.in_(chunk))
        person.update((alias, owner) for alias, owner in connection.execute(statement))
    return person


def spans(pairs: Iterable[tuple[str, int]]) -> dict[str, Span]:
    """Person → the times of their interactions and contacts."""
    times: dict[str, Span] = {}
    for person, at in pairs:
        first, latest = times.get(person, (at, at))
        times[person] = Span(min(at, first), max(at, latest))
    return times


def answers(pairs: Iterable[tuple[str, int]]) -> dict[str, Span]:
    """Person → the times of outcomes, which are no contacts."""
    return {person: Span(NEVER, span.latest) for person, span in spans(pairs).items()}


def later(at: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """The newest time of a person when something of ``at`` is written."""
    return sa.case((people.c.latest_at < at, at), else_=people.c.latest_at)


def earlier(at: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """The oldest time of a person when something of ``at`` is written; what is not known stays so."""
    return sa.case((people.c.first_at > at, at), else_=people.c.first_at)
