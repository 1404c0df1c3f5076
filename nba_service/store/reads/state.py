"""The reads that every decision needs, straight through the driver: a person's state, a stored decision.

SQLAlchemy's statements cost several times what the database does for them. These few are written once for
both databases (``sql/queries.py``) and run on a connection of ``SqliteDriver``, on PostgreSQL of SQLAlchemy's
pool.
Knows statements and rows; knows nothing of what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from nba_service.store.sql import queries
from nba_service.store.sql.connection import Database
from nba_service.store.sql.row_codec import EventColumns
from nba_service.store.sql.tables import decisions
from nba_service.store.writes.person_versions import NEVER

_PARAMETER: Final = re.compile(r":(\w+)")
_DECISION: Final = (
    f"SELECT {', '.join(column.name for column in decisions.columns)}"  # noqa: S608 - names of columns
    " FROM decisions WHERE decision_id = :decision"
)
_IN_ITS_MONTH: Final = f"{_DECISION} AND decided_at = :at"
_DECIDED_AT: Final = "SELECT decided_at FROM decision_ids WHERE decision_id = :decision"

# A statement about tables of many months is planned for longer than it runs. On PostgreSQL the first
# statement of a transaction has the next ones use one plan for all values; it skips months by itself.
_ONE_PLAN: Final = "set_config('plan_cache_mode', 'force_generic_plan', true) <> ''"


class Person(NamedTuple):
    """A row of ``queries.PERSON``."""

    person: str
    version: int | None
    latest_at: int | None
    first_at: int | None
    customer_id: str | None
    account_id: str | None
    attributes: str | None
    consent: str | None
    locale: str | None
    time_zone: str | None
    updated_at: int | None


class Found(NamedTuple):
    """The person, rows of what happened before the moment (newest first), and of what lies ahead."""

    person: Person
    past: Sequence[EventColumns]
    ahead: Sequence[EventColumns]


class Reader:
    """Reads in one transaction each; raises what SQLAlchemy would raise."""

    def __init__(self, database: Database) -> None:
        self._database = database
        plain = database.dialect == "sqlite"
        self._by_month = not plain
        self._transaction = database.sqlite_driver.reading if plain else self._pooled
        person, events, ahead = (str(text) for text in (queries.PERSON, queries.EVENTS, queries.AHEAD))
        texts = [person, events, ahead, _DECISION, ""]
        if not plain:
            decided_at = f"{_DECIDED_AT} AND {_ONE_PLAN}"
            texts = [f"{person} WHERE {_ONE_PLAN}", events, ahead, _IN_ITS_MONTH, decided_at]
            texts = [_PARAMETER.sub(r"%(\1)s", text) for text in texts]
        self._person, self._events, self._ahead, self._decision, self._decided_at = texts

    def state(self, customer_id: str, before: int, limit: int) -> Found:
        """What is known of a person at a moment."""
        with self._transaction() as connection:
            return self._state(connection, customer_id, before, limit)

    def decision(self, decision_id: str) -> Mapping[str, object] | None:
        """The columns of a stored decision."""
        with self._transaction() as connection:
            return self._found(connection, decision_id)

    def decision_or_state(
        self, decision_id: str, customer_id: str, before: int, limit: int
    ) -> Mapping[str, object] | Found:
        """The columns of a stored decision; if there is none, what is known of a person at a moment."""
        with self._transaction() as connection:
            found = self._found(connection, decision_id)
            return found or self._state(connection, customer_id, before, limit)

    def _found(self, connection: Any, decision_id: str) -> Mapping[str, Any] | None:
        parameters: dict[str, object] = {"decision": decision_id}
        if self._by_month:
            when = connection.execute(self._decided_at, parameters).fetchone()
            if when is None:
                return None
            parameters["at"] = when[0]
        row: Sequence[object] | None = connection.execute(self._decision, parameters).fetchone()
        return None if row is None else dict(zip(_COLUMNS, row, strict=True))

    def _state(self, connection: Any, customer_id: str, before: int, limit: int) -> Found:
        person = Person(*connection.execute(self._person, {"customer": customer_id}).fetchone())
        parameters = {"customer": person.person, "before": before, "limit": limit, "first": _first(person)}
        past = connection.execute(self._events, parameters).fetchall()
        if person.latest_at is None or person.latest_at < before:
            return Found(person, past, ())
        return Found(person, past, connection.execute(self._ahead, parameters).fetchall())

    @contextmanager
    def _pooled(self) -> Iterator[Any]:
        """A transaction of PostgreSQL, which the driver begins by itself."""
        engine = self._database.engine()
        connection = self._database.driver_connection()
        errors = engine.dialect.loaded_dbapi.Error
        try:
            yield connection.driver_connection
            connection.commit()  # nothing was written; after a rollback psycopg prepares all anew
        except errors as error:
            connection.invalidate(error)
            raise sa.exc.DBAPIError.instance(None, None, error, errors) from error
        finally:
            connection.close()  # back to the pool


def _first(person: Person) -> int:
    """Before when there is no interaction and no contact: who has any is in ``people``."""
    if person.version is None:
        return NEVER
    return -NEVER if person.first_at is None else person.first_at


_COLUMNS: Final = tuple(column.name for column in decisions.columns)
