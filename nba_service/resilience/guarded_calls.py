"""Calls to the store behind a circuit breaker.

Each takes a bounded time. The breaker opens for a store that cannot answer, and for nothing else: one that
refuses a value, or lets one of two transactions give way, is well, and others must not pay for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from nba_service.errors import ContentionError, StoreError, StoreRefusalError
from nba_service.process.turns import Turn, Turns
from nba_service.resilience.bounded_calls import BoundedCalls
from nba_service.resilience.breaker import Breaker
from nba_service.resilience.errors import NoThreadError, StoreTimeoutError
from nba_service.store.sql.driver_errors import store_error
from nba_service.store.writes.giving_way import watched

Result = TypeVar("Result")

_OPEN: Final = "The store does not answer; it is asked again every second."
_TURN_SHARE: Final = 0.4
"""How much of its time a call waits for others about the same person."""


class GuardedCalls:
    """Asks the store while the breaker is closed.

    It tells the breaker how each call went.
    """

    def __init__(self, most_calls: int) -> None:
        self.breaker = Breaker()
        self._calls = BoundedCalls(most_calls)
        self._turns = Turns()

    @property
    def busy(self) -> int:
        """Calls that have not ended, waited for or not."""
        return self._calls.busy

    def ask(self, work: Callable[[], Result], seconds: float, about: Collection[str] = ()) -> Result:
        """Run something with the store, for at most ``seconds``.

        Args:
            about: the persons it writes about; calls about one person run one at a time, including
                those whose callers have given up.

        Raises:
            StoreRefusalError: the store is well and cannot hold what it was given.
            ContentionError: others kept writing about the same person.
            StoreError: it does not answer, or did not before.
        """
        if not self.breaker.closed:
            raise StoreError(_OPEN)
        if not about or self._calls.inside:
            return self._watched(lambda: self._calls.run(work, seconds))
        begun = time.monotonic()
        turn = self._turns.take(about, seconds * _TURN_SHARE)
        return self._watched(lambda: self._run(work, begun + seconds - time.monotonic(), turn))

    def _run(self, work: Callable[[], Result], seconds: float, turn: Turn) -> Result:
        def work_and_end() -> Result:
            try:
                return work()
            finally:
                turn.end()

        try:
            return self._calls.run(work_and_end, seconds)
        except NoThreadError:
            turn.end()
            raise

    def _watched(self, call: Callable[[], Result]) -> Result:
        """The call's result; the breaker is told how it went."""
        try:
            with watched() as waiting:
                result = call()
        except (ContentionError, StoreRefusalError):
            self.breaker.succeeded()  # an answer, if not the one that was wanted
            raise
        except StoreTimeoutError:
            if waiting.for_others:  # who have locked the same person: the store answers
                self.breaker.succeeded()
            else:
                self.breaker.failed()
            raise
        except StoreError:
            self.breaker.trip()
            raise
        except (OSError, SQLAlchemyError) as error:  # its folder, its socket, its disk
            translated = store_error(error)
            if type(translated) is StoreError:
                self.breaker.trip()
            raise translated from error
        self.breaker.succeeded()
        return result

    def ask_aside(self, work: Callable[[], Result], seconds: float) -> Result:
        """As ``ask`` for questions that no request waits for: a failure leaves the breaker as it is.

        Raises:
            StoreError: it does not answer, or did not before.
        """
        if not self.breaker.closed:
            raise StoreError(_OPEN)
        return self._calls.run(work, seconds)

    def check(self, check: Callable[[], None], seconds: float) -> None:
        """Run the store's own check, whether or not the breaker is closed.

        Raises:
            StoreError: the store cannot be opened or does not answer.
        """
        try:
            self._calls.run(check, seconds)
        except OSError as error:
            raise StoreError(f"The store cannot be opened: {error.strerror}.") from error

    def probe(self, check: Callable[[], None], seconds: float) -> bool:
        """Whether the store answers within ``seconds``; the breaker stays as it is."""
        try:
            self._calls.run(check, seconds)
        except (StoreError, OSError, SQLAlchemyError):
            return False
        return True
