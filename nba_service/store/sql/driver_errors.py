"""What an error of the driver means.

A value's fault, somebody else's turn, or a store that cannot answer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa

from nba_service.errors import ContentionError, StoreError, StoreRefusalError

UNWRITABLE: Final = (UnicodeError, OverflowError)
"""What drivers raise for half a character and for numbers that fit no column."""

DRIVER_ERRORS: Final = (sa.exc.StatementError, sa.exc.TimeoutError, *UNWRITABLE)
"""What a statement that failed may raise, and a pool without a free connection."""

DAMAGED: Final = (
    "The store's file is damaged: stop the service, keep a copy of the file, and put the last backup in its"
    " place, or what `sqlite3 FILE .recover` can read of it"
)
_READ_ONLY: Final = "The store is read-only: give the user of the service the right to write to it"
_FULL: Final = "The disk of the store is full: make room, nothing else is to be done"
_CLOSED: Final = (
    "The store cannot be opened: see that its folder exists and the user of the service may use it"
)
_ADVICE: Final[Mapping[str, str]] = {
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_FULL": _FULL,
    "SQLITE_CANTOPEN": _CLOSED,
    "25006": _READ_ONLY,
    "53100": _FULL,
    "XX001": "A table of the store is damaged: restore the database from a backup",
    "XX002": "An index of the store is damaged: run REINDEX, or restore the database from a backup",
}
"""By the beginning of SQLite's error name or PostgreSQL's SQLSTATE."""

_GIVE_WAY: Final = ("40001", "40P01", "55P03")  # serialisation failure, deadlock, lock not available
_REFUSED_CLASSES: Final = ("22", "23", "54")  # data exception, constraint violation, a limit of one row


def store_error(error: Exception) -> StoreError:
    """What the caller is told, without statements or values."""
    cause = type(getattr(error, "orig", None) or error).__name__
    if is_contention(error):
        return ContentionError(
            f"Others kept writing the same rows ({cause}). Ask again later, with the same id if it has one."
        )
    if _is_refusal(error):
        return StoreRefusalError(
            f"The store cannot hold a value of this request, or not with what it holds already ({cause})."
            " Send texts without control characters and numbers that fit 64 bits; nothing was stored."
        )
    return StoreError(_advice(error) or f"The store did not answer ({cause}). `nba doctor` says why.")


def _advice(error: Exception) -> str | None:
    """What to do about a store that cannot answer, where the driver says why."""
    driver = getattr(error, "orig", None)
    name = getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None) or ""
    return next((f"{text} ({name})." for start, text in _ADVICE.items() if name.startswith(start)), None)


def is_contention(error: Exception) -> bool:
    """Whether one of several transactions had to give way: a deadlock, a lock not had in time."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in _GIVE_WAY


def _is_refusal(error: Exception) -> bool:
    """Whether the driver or the database refused a value: it is well, and would refuse it again."""
    if isinstance(error, UNWRITABLE):
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return isinstance(error, sa.exc.StatementError)  # found by SQLAlchemy, before the driver
    if error.connection_invalidated:
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state)[:2] in _REFUSED_CLASSES
    binding = isinstance(error.orig, sqlite3.InterfaceError | sqlite3.ProgrammingError)
    return binding or isinstance(error, sa.exc.DataError | sa.exc.IntegrityError)
