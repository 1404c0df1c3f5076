"""What a request is told when the store cannot be relied on."""

from __future__ import annotations

from nba_service.errors import StoreError


class StoreTimeoutError(StoreError):
    """The store did not answer in time.

    It was late, or no thread was free to ask it.
    """


class NoThreadError(StoreTimeoutError):
    """All threads that ask the store still wait for it."""


class StoreCatchingUpError(StoreError):
    """The store answers again, but the journal is not empty yet."""


class JournalError(StoreError):
    """Nothing can be added to the journal.

    It is full, or its disk is.
    """

    code = "JOURNAL_UNAVAILABLE"
