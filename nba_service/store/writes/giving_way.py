"""Transactions that had to give way are run again.

A database that finds two transactions waiting for each other ends one of them; so does one that cannot order
them. What was undone is whole, so it can be done again, and the caller need not know.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from nba_service.store.sql.driver_errors import is_contention

Result = TypeVar("Result")

TRIES: Final = 6
_PAUSE_S: Final = 0.01


def gave_way(error: BaseException) -> bool:
    """Whether an error of the driver, or of the store for it, says that the transaction had to give way."""
    return any(isinstance(each, Exception) and is_contention(each) for each in (error, error.__cause__))


def until_done(transaction: Callable[[], Result]) -> Result:
    """What the transaction returns, run again while it has to give way, at most ``TRIES`` times.

    Raises:
        StoreError: as the transaction does; also where it had to give way each time.
    """
    for number in range(1, TRIES):
        try:
            return transaction()
        except Exception as error:
            if not gave_way(error):
                raise
            time.sleep(_PAUSE_S * number)
    return transaction()
