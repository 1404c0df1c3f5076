"""Connections of SQLite's own driver.

For the few statements that every decision needs. SQLAlchemy's pool, transaction and statement cost several
times what SQLite does for them. These connections are made and set up by the engine like all others, then
belong to nobody but this. Knows transactions; knows nothing of tables. PostgreSQL has none of them: there the
journey to the server is what costs.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.sql.selectable import ExecutableReturnsRows

AnyConnection = Connection | sqlite3.Connection
"""Of SQLAlchemy, or of SQLite's driver."""

_MOST_IDLE: Final = 8
_AT_ONCE: Final = 500  # ids in one statement: below SQLite's oldest limit of 999 variables
COUNTED: Final = {"preserve_rowcount": True}
"""Execution options: else SQLAlchemy drops the count of an INSERT."""


def of_sqlalchemy(connection: AnyConnection) -> Connection:
    """The connection, where only one of SQLAlchemy will do.

    Raises:
        TypeError: it is of SQLite's driver.
    """
    if isinstance(connection, sqlite3.Connection):
        raise TypeError("Expected a connection of SQLAlchemy, got one of SQLite's driver.")
    return connection


def rows_of_some(connection: sqlite3.Connection, text: str, ids: Sequence[str]) -> Iterator[Sequence[object]]:
    """The rows of a statement about some ids, whose places are ``{}`` in its text; few calls for many."""
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        yield from connection.execute(text.format(",".join("?" * len(some))), some)


class SqliteDriver:
    """Hands out transactions, each on a connection of its own.

    No other thread has the connection at that time.

    Args:
        make: a new connection, set up, in no transaction.
    """

    def __init__(self, make: Callable[[], sqlite3.Connection]) -> None:
        self._make = make
        self._idle: list[sqlite3.Connection] = []
        self._pid = os.getpid()

    def reading(self) -> _Transaction:
        """A transaction that sees one moment and changes nothing."""
        return _Transaction(self, "BEGIN", sqlite3.Connection.rollback)

    def writing(self) -> _Transaction:
        """A transaction that takes the lock at once, and commits unless something is raised inside it."""
        return _Transaction(self, "BEGIN IMMEDIATE", sqlite3.Connection.commit)

    def take(self) -> sqlite3.Connection:
        if self._pid != os.getpid():  # no connection survives a fork
            self._idle, self._pid = [], os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return self._make()

    def give_back(self, connection: sqlite3.Connection) -> None:
        if len(self._idle) < _MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Close those that nobody uses."""
        if self._pid == os.getpid():
            while self._idle:
                self._idle.pop().close()


class _Transaction:
    """A ``with`` block; raises what SQLAlchemy would raise for an error of the driver."""

    __slots__ = ("_begin", "_connection", "_end", "_owner")

    def __init__(self, owner: SqliteDriver, begin: str, end: Callable[[sqlite3.Connection], None]) -> None:
        self._owner, self._begin, self._end = owner, begin, end
        self._connection: sqlite3.Connection

    def __enter__(self) -> sqlite3.Connection:
        self._connection = self._owner.take()
        try:
            self._connection.execute(self._begin)
        except sqlite3.Error as error:
            self._fail(error)
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._end(self._connection)
            elif not isinstance(error, sqlite3.Error):
                self._connection.rollback()
        except sqlite3.Error as failed:
            self._fail(failed)
        if isinstance(error, sqlite3.Error):
            self._fail(error)
        self._owner.give_back(self._connection)

    def _fail(self, error: sqlite3.Error) -> None:
        """Raise ``error`` as SQLAlchemy does, and never use the connection again."""
        self._connection.close()  # which rolls back
        raise sa.exc.DBAPIError.instance(None, None, error, sqlite3.Error) from error


class Statement:
    """One statement for one row.

    In SQLAlchemy's words; SQLite's driver may run it as well. Its values must be what the driver takes as
    they are: texts, numbers, bytes and None.
    """

    __slots__ = ("_constants", "_statement", "_text")

    def __init__(self, statement: ExecutableReturnsRows, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        keys = None if columns is None else list(columns)
        compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"), column_keys=keys)
        self._text = str(compiled)
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}

    def run(self, connection: AnyConnection, row: Mapping[str, object]) -> int:
        """How many rows were written or changed."""
        if isinstance(connection, sqlite3.Connection):
            return connection.execute(self._text, self._complete(row)).rowcount
        return connection.execute(self._statement, row, execution_options=COUNTED).rowcount

    def rows(self, connection: AnyConnection, row: Mapping[str, object]) -> Sequence[Sequence[object]]:
        """The rows that it finds."""
        if isinstance(connection, sqlite3.Connection):
            return connection.execute(self._text, self._complete(row)).fetchall()
        return connection.execute(self._statement, row).fetchall()

    def run_all(self, connection: AnyConnection, rows: Sequence[Mapping[str, object]]) -> None:
        """The same for each of several rows, whose results nobody reads."""
        if rows:
            self.count_all(connection, rows)

    def count_all(self, connection: AnyConnection, rows: Sequence[Mapping[str, object]]) -> int:
        """How many of several rows were written or changed.

        SQLite's driver takes the rows as they are, in half of the time that SQLAlchemy needs for each.
        """
        if isinstance(connection, sqlite3.Connection):
            return connection.executemany(self._text, [self._complete(row) for row in rows]).rowcount
        if connection.dialect.name == "sqlite":
            complete = [dict(self._complete(row)) for row in rows] if self._constants else list(rows)
            return connection.exec_driver_sql(self._text, complete, execution_options=COUNTED).rowcount
        return connection.execute(self._statement, list(rows), execution_options=COUNTED).rowcount

    def _complete(self, row: Mapping[str, object]) -> Mapping[str, object]:
        return {**self._constants, **row} if self._constants else row
