"""What an error of the driver means.

A value's fault, somebody else's turn, or a store that cannot answer.
"""

from __future__ import annotations

import sqlite3
from typing import Final

import sqlalchemy as sa

from nba_service.errors import ContentionError, StoreError, StoreRefusalError

UNWRITABLE: Final = (UnicodeError, OverflowError)
"""What drivers raise for half a character and for numbers that fit no column."""

DRIVER_ERRORS: Final = (sa.exc.StatementError, sa.exc.TimeoutError, *UNWRITABLE)
"""What a statement that failed may raise, and a pool without a free connection."""

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
    return StoreError(f"The store did not answer ({cause}). `nba doctor` says what is wrong with it.")


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
