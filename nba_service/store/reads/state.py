"""The reads that every decision needs, straight through the driver.

A person's state, a stored decision. SQLAlchemy's statements cost several times what the database does for
them. These few are written once for both databases (``sql/queries.py``) and run on a connection of
``SqliteDriver``, on PostgreSQL of SQLAlchemy's pool. Knows statements and rows; knows nothing of what they
mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final, NamedTuple, Protocol, cast

import orjson
import sqlalchemy as sa

from models.domain.past import NO_PAST, Past, build_past
from nba_service.store.sql import queries
from nba_service.store.sql.connection import Database
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.row_codec import DecisionColumns, EventColumns, PersonColumns
from nba_service.store.sql.tables import decisions
from nba_service.store.states.events import events_of_columns
from nba_service.store.states.kept import read_past
from nba_service.store.writes.person_versions import NEVER

_DECISION: Final = (
    f"SELECT {', '.join(column.name for column in decisions.columns)}"  # noqa: S608 - names of columns
    " FROM decisions WHERE decision_id = :decision"
)
_IN_ITS_MONTH: Final = f"{_DECISION} AND decided_at = :at"
_DECIDED_AT: Final = "SELECT decided_at FROM decision_ids WHERE decision_id = :decision"

# A statement about tables of many months is planned for longer than it runs. On PostgreSQL the first
# statement of a transaction has the next ones use one plan for all values; it skips months by itself.
_ONE_PLAN: Final = "set_config('plan_cache_mode', 'force_generic_plan', true) <> ''"


class DriverCursor(Protocol):
    """What the drivers of both databases give back for a statement."""

    def fetchone(self) -> Sequence[object] | None:
        """The next row."""

    def fetchall(self) -> Sequence[Sequence[object]]:
        """All rows."""


class DriverConnection(Protocol):
    """What the drivers of both databases can do."""

    def execute(self, text: str, parameters: Mapping[str, object], /) -> DriverCursor:
        """Run a statement."""


class StateRows(NamedTuple):
    """The rows of a person's state.

    The person, rows of what happened before the moment (newest first), and of what lies ahead. ``lasting``:
    of each touchpoint that the newest do not have, the last one.
    """

    person: PersonColumns
    past: Sequence[EventColumns]
    ahead: Sequence[EventColumns]
    lasting: Sequence[EventColumns] = ()


class PersonPast(NamedTuple):
    """A person and their past.

    ``kept``: it was up to date as it lay there; False: it was made from rows.
    """

    person: PersonColumns
    past: Past
    kept: bool


class AccountPasts(NamedTuple):
    """The row of an account, if there is one, and its people."""

    row: Sequence[object] | None
    people: Sequence[PersonPast]


class Reader:
    """Reads in one transaction each; raises what SQLAlchemy would raise."""

    def __init__(self, database: Database) -> None:
        self._database = database
        dialect = database.dialect
        self._by_month = dialect.divides_by_month
        self._transaction: Callable[[], AbstractContextManager[DriverConnection]] = (
            self._pooled if dialect.has_server else database.sqlite_driver.reading
        )
        first = f" WHERE {_ONE_PLAN}" if dialect.has_server else ""
        self._person = dialect.driver_text(f"{queries.PERSON}{first}")
        persons = queries.PERSONS_OF_ARRAY if dialect.has_server else queries.PERSONS_OF_JSON
        self._persons = dialect.driver_text(f"{persons}{first}")
        self._ids: Callable[[Sequence[str]], object] = list if dialect.has_server else _as_json
        self._members = dialect.driver_text(str(queries.MEMBERS))
        self._account = dialect.driver_text(str(queries.ACCOUNT))
        self._events = dialect.driver_text(str(queries.EVENTS))
        self._all_events = dialect.driver_text(str(queries.ALL_EVENTS))
        self._lasting = dialect.driver_text(str(queries.LASTING))
        self._ahead = dialect.driver_text(str(queries.AHEAD))
        self._decision = dialect.driver_text(_IN_ITS_MONTH if self._by_month else _DECISION)
        self._decided_at = dialect.driver_text(f"{_DECIDED_AT} AND {_ONE_PLAN}")

    def state(self, customer_id: str, before: int, limit: int) -> StateRows:
        """What is known of a person at a moment."""
        with self._transaction() as connection:
            return self._state(connection, customer_id, before, limit)

    def decision(self, decision_id: str) -> DecisionColumns | None:
        """The columns of a stored decision."""
        with self._transaction() as connection:
            return self._decision_of(connection, decision_id)

    def past(self, customer_id: str) -> PersonPast:
        """A person and all that is known to have happened with them.

        Raises:
            HistoryError: a value is no sensible amount.
            PastError: there are too many sorts of events.
        """
        with self._transaction() as connection:
            return self._past(connection, customer_id)

    def pasts(self, customer_ids: Sequence[str]) -> dict[str, PersonPast]:
        """The same of many customers, by the ids that were asked for, as they are in one moment.

        Raises:
            HistoryError, PastError: as for ``past``.
        """
        with self._transaction() as connection:
            return {
                customer: self._past_of(connection, person)
                for customer, person in self._persons_of(connection, customer_ids)
            }

    def account(self, account_id: str, limit: int) -> AccountPasts:
        """An account, and the pasts of up to ``limit`` of its people, of one moment.

        Raises:
            HistoryError, PastError: as ``past``.
        """
        with self._transaction() as connection:
            row = connection.execute(self._account, {"account": account_id}).fetchone()
            members = connection.execute(self._members, {"account": account_id, "limit": limit}).fetchall()
            return AccountPasts(row, [self._past(connection, str(member)) for (member,) in members])

    def decision_or_past(self, decision_id: str, customer_id: str) -> DecisionColumns | PersonPast:
        """The columns of a stored decision; if there is none, the past of a person."""
        with self._transaction() as connection:
            return self._decision_of(connection, decision_id) or self._past(connection, customer_id)

    def _past(self, connection: DriverConnection, customer_id: str) -> PersonPast:
        return self._past_of(connection, self._person_of(connection, customer_id))

    def _past_of(self, connection: DriverConnection, person: PersonColumns) -> PersonPast:
        """The kept past; where none is up to date, what the rows say."""
        if person.state is not None and person.state_version == person.version:
            past = read_past(person.state)
            if past is not None:
                return PersonPast(person, past, kept=True)
        if person.version is None:
            return PersonPast(person, NO_PAST, kept=True)
        parameters = {"customer": person.person, "first": _first(person)}
        rows = cast("Sequence[EventColumns]", connection.execute(self._all_events, parameters).fetchall())
        base = None if person.base is None else read_past(person.base)
        return PersonPast(person, build_past(events_of_columns(rows), base), kept=False)

    def _person_of(self, connection: DriverConnection, customer_id: str) -> PersonColumns:
        row = connection.execute(self._person, {"customer": customer_id}).fetchone()
        return PersonColumns(*cast("PersonColumns", row))

    def _persons_of(
        self, connection: DriverConnection, customer_ids: Sequence[str]
    ) -> Iterator[tuple[str, PersonColumns]]:
        for chunk in chunks(customer_ids):
            rows = connection.execute(self._persons, {"customers": self._ids(chunk)}).fetchall()
            for asked, *columns in rows:
                yield str(asked), PersonColumns(*cast("PersonColumns", tuple(columns)))

    def _decision_of(self, connection: DriverConnection, decision_id: str) -> DecisionColumns | None:
        parameters: dict[str, object] = {"decision": decision_id}
        if self._by_month:
            when = connection.execute(self._decided_at, parameters).fetchone()
            if when is None:
                return None
            parameters["at"] = when[0]
        row = connection.execute(self._decision, parameters).fetchone()
        return None if row is None else cast("DecisionColumns", dict(zip(_COLUMNS, row, strict=True)))

    def _state(self, connection: DriverConnection, customer_id: str, before: int, limit: int) -> StateRows:
        person = self._person_of(connection, customer_id)
        parameters = {"customer": person.person, "before": before, "limit": limit, "first": _first(person)}
        past = cast("Sequence[EventColumns]", connection.execute(self._events, parameters).fetchall())
        lasting = self._lasting_rows(connection, past, parameters) if len(past) >= limit else ()
        if person.latest_at is None or person.latest_at < before:
            return StateRows(person, past, (), lasting)
        ahead = cast("Sequence[EventColumns]", connection.execute(self._ahead, parameters).fetchall())
        return StateRows(person, past, ahead, lasting)

    def _lasting_rows(
        self, connection: DriverConnection, past: Sequence[EventColumns], parameters: dict[str, object]
    ) -> Sequence[EventColumns]:
        """What would be forgotten for no other reason than that so much happened since."""
        newest = [row for row in past if row[0] == "interaction"]
        if not newest or len(newest) != parameters["limit"]:
            return ()
        cut, names = newest[-1][1], {row[2] for row in newest}
        found = connection.execute(self._lasting, {**parameters, "cut": cut}).fetchall()
        return [row for row in cast("Sequence[EventColumns]", found) if row[2] not in names]

    @contextmanager
    def _pooled(self) -> Iterator[DriverConnection]:
        """A transaction of PostgreSQL, which the driver begins by itself."""
        engine = self._database.engine()
        connection = self._database.driver_connection()
        errors = engine.dialect.loaded_dbapi.Error
        try:
            yield cast("DriverConnection", connection.driver_connection)
            connection.commit()  # nothing was written; after a rollback psycopg prepares all anew
        except errors as error:
            connection.invalidate(error)
            raise sa.exc.DBAPIError.instance(None, None, error, errors) from error
        finally:
            connection.close()  # back to the pool


def _as_json(ids: Sequence[str]) -> str:
    return orjson.dumps(list(ids)).decode()


def _first(person: PersonColumns) -> int:
    """Before when there is no interaction and no contact: who has any is in ``people``."""
    if person.version is None:
        return NEVER
    return -NEVER if person.first_at is None else person.first_at


_COLUMNS: Final = tuple(column.name for column in decisions.columns)
