"""Calls to the store behind a circuit breaker.

Each takes a bounded time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from nba_service.errors import ContentionError, StoreError
from nba_service.resilience.bounded_calls import BoundedCalls
from nba_service.resilience.breaker import Breaker
from nba_service.resilience.errors import StoreTimeoutError

Result = TypeVar("Result")

_OPEN: Final = "The store does not answer; it is asked again every second."


class GuardedCalls:
    """Asks the store while the breaker is closed.

    It tells the breaker how each call went.
    """

    def __init__(self, most_calls: int) -> None:
        self.breaker = Breaker()
        self._calls = BoundedCalls(most_calls)

    @property
    def busy(self) -> int:
        """Calls that have not ended, waited for or not."""
        return self._calls.busy

    def ask(self, work: Callable[[], Result], seconds: float) -> Result:
        """Run something with the store, for at most ``seconds``.

        Raises:
            StoreError: it does not answer, or did not before.
        """
        if not self.breaker.closed:
            raise StoreError(_OPEN)
        try:
            result = self._calls.run(work, seconds)
        except ContentionError:
            raise
        except StoreTimeoutError:
            self.breaker.failed()
            raise
        except StoreError:
            self.breaker.trip()
            raise
        except (OSError, SQLAlchemyError) as error:  # its folder, its socket, its disk
            self.breaker.trip()
            raise StoreError(
                f"The store did not answer ({type(error).__name__}). `nba doctor` says what is wrong with it."
            ) from error
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
