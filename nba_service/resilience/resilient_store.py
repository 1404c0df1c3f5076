"""The store as the service sees it: it answers in time or fails at once, and what it cannot take now waits.

A layer over any ``Store``. Every call runs on a helper thread for a bounded time; after a failure the
breaker spares the next ones the wait. Profiles, events, decisions and erasures that could not be stored go
into the journal and count as written. While the journal holds anything, all of these go through it, so that
their order stays.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from nba_service.errors import ContentionError, StoreError
from nba_service.resilience.bounded_calls import Helpers, TooLate
from nba_service.resilience.breaker import Breaker
from nba_service.resilience.journal import Journal, JournalError
from nba_service.resilience.key_cache import KnownKeys
from nba_service.resilience.records import Record, read_record, without_person, write_record
from nba_service.store.interface import Store
from nba_service.store.rows import CustomerRow, DecisionRow, InteractionRow, OutcomeRow, Written

Result = TypeVar("Result")

_DIRECT: Final = frozenset({"migrate", "close", "scan", "load"})
"""Calls that may take long and that nobody waits for over HTTP."""

_ASIDE: Final = frozenset({"responses"})
"""Questions that no request waits for: how long they take says nothing of the store."""

_LOOK_SECONDS: Final = 0.004
_CHECK_SECONDS: Final = 1.0
_CATCH_UP_SECONDS: Final = 0.25
"""How long an event waits for a journal that is nearly replayed before it is added to it."""


class SteadyStore:
    """A ``Store`` (other methods are handed on) that also says whether decisions may rely on it."""

    def __init__(
        self, store: Store, journal: Journal, *, helpers: int, read_seconds: float, write_seconds: float
    ) -> None:
        self.inner = store
        self.journal = journal
        self.breaker = Breaker()
        self.wanted = threading.Event()  # there is something for the keeper to do
        self.seen = False  # whether this process was ever sure of it
        self._helpers = Helpers(helpers)
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if not callable(found) or name in _DIRECT:
            return found

        ask = self.ask_aside if name in _ASIDE else self.ask

        def bounded(*arguments: Any, **named: Any) -> Any:
            return ask(lambda: found(*arguments, **named), self._read_seconds)

        return bounded

    @property
    def known_keys(self) -> KnownKeys:
        """The API keys, also without the store if it was there before."""
        path = self.journal.directory / "keys.json"
        return KnownKeys(self.inner.keys, lambda work: self.ask(work, self._read_seconds), path)

    @property
    def busy(self) -> int:
        """Calls to the store that have not ended, waited for or not."""
        return self._helpers.busy

    def check(self) -> None:
        """As the store's own, whether or not the breaker is closed."""
        try:
            self._helpers.run(self.inner.check, min(_CHECK_SECONDS, self._read_seconds))
        except OSError as error:
            raise StoreError(f"The store cannot be opened: {error.strerror}.") from error
        self.seen = True

    def probe(self, seconds: float) -> bool:
        """Whether the store answers within ``seconds``; the breaker stays as it is."""
        try:
            self._helpers.run(self.inner.check, seconds)
        except (StoreError, OSError, SQLAlchemyError):
            return False
        self.seen = True
        return True

    def ask(self, work: Callable[[], Result], seconds: float) -> Result:
        """Run something with the store, for at most ``seconds``.

        Raises:
            StoreError: it does not answer, or did not before.
        """
        if not self.breaker.closed:
            raise StoreError("The store does not answer; it is asked again every second.")
        try:
            result = self._helpers.run(work, seconds)
        except ContentionError:
            raise
        except TooLate:
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
        """As ``ask``, but a failure leaves the breaker as it is.

        Raises:
            StoreError: it does not answer, or did not before.
        """
        if not self.breaker.closed:
            raise StoreError("The store does not answer; it is asked again every second.")
        return self._helpers.run(work, seconds)

    def usable(self, seconds: float) -> bool:
        """Whether decisions may rely on the store; waits a moment for a journal that is nearly replayed.

        Else callers would add to it as fast as it is replayed. For one that is long nobody waits.
        """
        until = time.monotonic() + seconds
        while self.breaker.closed:
            if self.journal.empty:
                return True
            if time.monotonic() >= until or not self.journal.nearly_empty:
                return False
            time.sleep(_LOOK_SECONDS)
        return False

    def put_customers(self, rows: Sequence[CustomerRow]) -> None:
        record = Record(kind="customers", rows=tuple(rows))
        self._write(record, lambda: self.inner.put_customers(rows))

    def add_interactions(self, rows: Sequence[InteractionRow]) -> Written:
        record = Record(kind="interactions", rows=tuple(rows))
        written = self._write(record, lambda: self.inner.add_interactions(rows))
        return written or Written(new=len(rows), known=0)

    def add_outcomes(self, rows: Sequence[OutcomeRow]) -> Written:
        record = Record(kind="outcomes", rows=tuple(rows))
        written = self._write(record, lambda: self.inner.add_outcomes(rows))
        return written or Written(new=len(rows), known=0)

    def keep_decisions(self, rows: Sequence[DecisionRow], *, correct: bool) -> None:
        """Put decisions that were made without the store into the journal.

        ``correct``: an attempt to store other answers under their ids may still succeed; these count.

        Raises:
            JournalError: they are nowhere.
        """
        kind = "corrections" if correct else "decisions"
        self._keep(Record(kind=kind, rows=tuple(rows)))

    def erase(self, customer_id: str, pseudonyms: Iterator[str], at: int = 0) -> int | None:
        """Forget a customer in the store and in the journal; None: the store's part waits in the journal."""
        if self.journal.empty:
            try:
                return self.ask(lambda: self.inner.erase(customer_id, pseudonyms, at), self._read_seconds)
            except StoreError:
                pass
        later = write_record(Record(kind="erase", customer_id=customer_id, at=at))

        def forget(waiting: list[bytes]) -> list[bytes]:
            records = [read_record(payload) for payload in waiting]
            kept = without_person(records, customer_id, pseudonyms)
            return [*(write_record(record) for record in kept), later]

        try:
            self.journal.rewrite(forget)
        except OSError as error:
            raise JournalError(f"The erasure can be kept nowhere: {error.strerror}.") from error
        self.wanted.set()
        return None

    def _write(self, record: Record, write: Callable[[], Result]) -> Result | None:
        """The store's result; None: it is in the journal.

        Raises:
            StoreError: it is in neither.
        """
        if self.usable(_CATCH_UP_SECONDS):
            try:
                return self.ask(write, self._write_seconds)
            except StoreError:
                pass
        self._keep(record)
        return None

    def _keep(self, record: Record) -> None:
        self.journal.append(write_record(record))
        self.wanted.set()
