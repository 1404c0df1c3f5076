"""Transactions that had to give way are run again.

A database that finds two transactions waiting for each other ends one of them; so does one that cannot order
them. What was undone is whole, so it can be done again, and the caller need not know.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Final, TypeVar

from nba_service.errors import ContentionError
from nba_service.store.sql.driver_errors import is_contention

Result = TypeVar("Result")

TRIES: Final = 6
_PAUSE_S: Final = 0.01
_LONGEST_PAUSE_S: Final = 0.25


@dataclass(slots=True)
class Waiting:
    """Whether a call has had to give way so far.

    Then it waits for others, and not for the store.
    """

    for_others: bool = False


_noted: ContextVar[Waiting | None] = ContextVar("_noted", default=None)


class _Watch:
    """A ``with`` block; each decision has three of them, and a generator would cost more than they do."""

    __slots__ = ("_token",)

    def __enter__(self) -> Waiting:
        waiting = Waiting()
        self._token = _noted.set(waiting)
        return waiting

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _noted.reset(self._token)


def watched() -> AbstractContextManager[Waiting]:
    """What calls of the block wait for, also those that other threads run in this context."""
    return _Watch()


def _note() -> None:
    if (waiting := _noted.get()) is not None:
        waiting.for_others = True


def gave_way(error: BaseException) -> bool:
    """Whether an error of the driver, or of the store for it, says that the transaction had to give way."""
    if isinstance(error, ContentionError):
        return True
    return any(isinstance(each, Exception) and is_contention(each) for each in (error, error.__cause__))


def until_done(transaction: Callable[[], Result], seconds: float = 0.0) -> Result:
    """What the transaction returns, run again while it has to give way.

    Args:
        seconds: how long it is run again; it is run ``TRIES`` times in any case.

    Raises:
        StoreError: as the transaction does; also where it had to give way each time.
    """
    until = time.monotonic() + seconds
    tries = 0
    while True:
        tries += 1
        try:
            return transaction()
        except Exception as error:
            if not gave_way(error) or (tries >= TRIES and time.monotonic() >= until):
                raise
            _note()
            time.sleep(min(_PAUSE_S * tries, _LONGEST_PAUSE_S))
