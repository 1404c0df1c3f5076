"""The reads that every decision needs, straight through the driver: a person's state, a stored decision.

SQLAlchemy's statements cost several times what the database does for them. These few are written once for
both databases (``queries.py``) and run on a connection of the same pool. Knows statements and rows; knows
nothing of what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from nba_service.store import queries
from nba_service.store.connection import Database
from nba_service.store.tables import decisions

_PARAMETER: Final = re.compile(r":(\w+)")
_DECISION: Final = (
    f"SELECT {', '.join(column.name for column in decisions.columns)}"  # noqa: S608 - names of columns
    " FROM decisions WHERE decision_id = :decision"
)


class Person(NamedTuple):
    """A row of ``queries.PERSON``."""

    person: str
    version: int | None
    latest_at: int | None
    customer_id: str | None
    account_id: str | None
    attributes: str | None
    consent: str | None
    locale: str | None
    time_zone: str | None
    updated_at: int | None


class Past(NamedTuple):
    """A row of ``queries.EVENTS`` and ``queries.AHEAD``."""

    source: str
    occurred_at: int
    name: str
    channel: str | None
    action: str | None
    phase: str | None
    value: float | None
    properties: str | None
    id: str


class Reader:
    """Reads in one transaction each; raises what SQLAlchemy would raise."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._plain = database.dialect == "sqlite"  # begins no transaction by itself
        person, events, ahead = (str(text) for text in (queries.PERSON, queries.EVENTS, queries.AHEAD))
        self._person, self._events, self._ahead, self._decision = (
            text if self._plain else _PARAMETER.sub(r"%(\1)s", text)
            for text in (person, events, ahead, _DECISION)
        )

    def state(self, customer_id: str, before: int, limit: int) -> tuple[Person, list[Past], list[Past]]:
        """The person, what happened before the moment (newest first), and what lies ahead."""
        with self._transaction() as cursor:
            cursor.execute(self._person, {"customer": customer_id})
            person = Person(*cursor.fetchone())
            parameters = {"customer": person.person, "before": before, "limit": limit}
            cursor.execute(self._events, parameters)
            past = [Past(*row) for row in cursor.fetchall()]
            if person.latest_at is None or person.latest_at < before:
                return person, past, []
            cursor.execute(self._ahead, parameters)
            return person, past, [Past(*row) for row in cursor.fetchall()]

    def decision(self, decision_id: str) -> Mapping[str, Any] | None:
        """The columns of a stored decision."""
        with self._transaction() as cursor:
            cursor.execute(self._decision, {"decision": decision_id})
            row: Sequence[Any] | None = cursor.fetchone()
        return None if row is None else dict(zip(_COLUMNS, row, strict=True))

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        engine = self._database.engine()
        connection = engine.raw_connection()
        errors = engine.dialect.loaded_dbapi.Error
        try:
            cursor = connection.cursor()
            if self._plain:
                cursor.execute("BEGIN")
            yield cursor
            cursor.close()
        except errors as error:
            connection.invalidate(error)
            raise sa.exc.DBAPIError.instance(None, None, error, errors) from error
        finally:
            connection.close()  # back to the pool, which rolls back: nothing was written


_COLUMNS: Final = tuple(column.name for column in decisions.columns)
