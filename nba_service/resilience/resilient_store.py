"""The store as requests see it.

It answers in time or fails at once, and what it cannot take now waits. A layer over a plain ``Store``. Every
call takes a bounded time; after a failure the breaker spares the next ones the wait. Profiles, events,
decisions and erasures that could not be stored go into the journal and count as written. While the journal
holds anything, all of these go through it, so that their order stays. What no request calls (migration,
export, import, retention, keys, audit) is asked of ``plain``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from nba_service.clock import system_ms
from nba_service.errors import StoreError, StoreRefusalError
from nba_service.resilience.bounded_store import BoundedStore
from nba_service.resilience.breaker import Breaker
from nba_service.resilience.errors import JournalError
from nba_service.resilience.guarded_calls import GuardedCalls
from nba_service.resilience.journal import CatchUp, Journal
from nba_service.resilience.key_cache import KeyCache
from nba_service.resilience.records import (
    Record,
    journaled,
    lines_without,
    read_record,
    without_person,
    write_record,
)
from nba_service.store.interface import Store
from nba_service.store.records.free_choices import ChoiceTable
from nba_service.store.records.idempotency_keys import RequestTable
from nba_service.store.rows import CustomerRow, DecisionRow, InteractionRow, OutcomeRow, Written

Result = TypeVar("Result")


_ASIDE_SHARE: Final = 0.25
_CHECK_SECONDS: Final = 1.0
_CATCH_UP_SECONDS: Final = 0.25
"""How long an event waits for a journal that is nearly replayed before it is added to it."""


class ResilientStore(BoundedStore):
    """A ``RequestStore`` that also says whether decisions may rely on it."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        *,
        most_calls: int,
        read_seconds: float,
        write_seconds: float,
        now_ms: Callable[[], int] = system_ms,
    ) -> None:
        super().__init__(store, GuardedCalls(most_calls), read_seconds)
        self.journal = journal
        self.wanted = threading.Event()  # there is something for the recovery worker to do
        self.seen = False  # whether this process was ever sure of it
        self._catch_up = CatchUp(journal)
        self._write_seconds = write_seconds
        self.now_ms = now_ms

    @property
    def requests(self) -> RequestTable:
        """Requests that came with an ``Idempotency-Key``; ask for a bounded time (``ask``)."""
        return self.plain.requests

    @property
    def choices(self) -> ChoiceTable:
        """Choices among actions that the catalogue does not know; ask for a bounded time (``ask``)."""
        return self.plain.choices

    @property
    def key_cache(self) -> KeyCache:
        """The API keys, also without the store if it was there before."""
        path = self.journal.directory / "keys.json"
        return KeyCache(self.plain.keys, self._bounded, path)

    @property
    def breaker(self) -> Breaker:
        """Open while the store does not answer."""
        return self._calls.breaker

    @property
    def busy(self) -> int:
        """Calls to the store that have not ended, waited for or not."""
        return self._calls.busy

    def check(self) -> None:
        """As the store's own, whether or not the breaker is closed."""
        self._calls.check(self.plain.check, min(_CHECK_SECONDS, self._read_seconds))
        self.seen = True

    def probe(self, seconds: float) -> bool:
        """Whether the store answers within ``seconds``; the breaker stays as it is."""
        answers = self._calls.probe(self.plain.check, seconds)
        self.seen = self.seen or answers
        return answers

    def close(self) -> None:
        """Give back all connections."""
        self.plain.close()

    def ask(self, work: Callable[[], Result], seconds: float, about: Collection[str] = ()) -> Result:
        """Run something with the store, for at most ``seconds``; see ``GuardedCalls.ask``."""
        return self._calls.ask(work, seconds, about)

    def ask_aside(self, work: Callable[[], Result]) -> Result:
        """Run something that takes no turn and says nothing of the store; see ``GuardedCalls.ask_aside``."""
        return self._calls.ask_aside(work, self._write_seconds * _ASIDE_SHARE)

    def usable(self, seconds: float) -> bool:
        """Whether decisions may rely on the store; waits a moment for a journal that is nearly replayed."""
        breaker = self.breaker
        return breaker.closed and self._catch_up.wait(seconds, lambda: breaker.closed)

    def put_customers(self, rows: Sequence[CustomerRow]) -> Written:
        record = Record(kind="customers", rows=tuple(rows))
        about = [row.customer_id for row in rows]
        written = self._write(record, lambda: self.plain.put_customers(rows), about)
        return written or Written(new=len(rows), known=0)

    def add_interactions(self, rows: Sequence[InteractionRow]) -> Written:
        record = Record(kind="interactions", rows=tuple(rows))
        about = [row.customer_id for row in rows]
        written = self._write(record, lambda: self.plain.add_interactions(rows), about)
        return written or Written(new=len(rows), known=0)

    def add_outcomes(self, rows: Sequence[OutcomeRow]) -> Written:
        record = Record(kind="outcomes", rows=tuple(rows))
        written = self._write(record, lambda: self.plain.add_outcomes(rows))
        return written or Written(new=len(rows), known=0)

    def journal_decisions(self, rows: Sequence[DecisionRow], *, correct: bool) -> None:
        """Put decisions that were made without the store into the journal.

        ``correct``: an attempt to store other answers under their ids may still succeed; these count.

        Raises:
            JournalError: they are nowhere.
        """
        kind = "corrections" if correct else "decisions"
        self._append(Record(kind=kind, rows=tuple(rows)))

    def erase(self, customer_id: str, pseudonyms: Iterator[str], at: int = 0) -> int | None:
        """Forget a customer wherever they are; None: the store's part waits in the journal."""
        ids = self._ids_of(customer_id)
        _forget_refused(self.journal, ids, pseudonyms)
        if self.journal.empty:
            try:
                return self._bounded(lambda: self.plain.erase(customer_id, pseudonyms, at), (customer_id,))
            except StoreRefusalError:
                raise
            except StoreError:
                pass
        waiting_erasure = write_record(Record(kind="erase", customer_id=customer_id, at=at))

        def forget(waiting: list[bytes]) -> list[bytes]:
            records = [read_record(payload) for payload in waiting]
            for one in ids:
                records = without_person(records, one, pseudonyms)
            return [*(write_record(record) for record in records), waiting_erasure]

        try:
            self.journal.rewrite(forget)
        except OSError as error:
            raise JournalError(f"The erasure can be kept nowhere: {error.strerror}.") from error
        self.wanted.set()
        return None

    def _ids_of(self, customer_id: str) -> list[str]:
        """All ids of a customer that may be in a file of this host, as far as they can be known now."""
        ids = {customer_id}
        if not (self.journal.empty and self.journal.refused.empty):
            with suppress(StoreError):
                person = self.persons([customer_id])[customer_id]
                ids |= {person, *self.aliases_of(person)}
        return sorted(ids)

    def _write(
        self, record: Record, write: Callable[[], Result], about: Collection[str] = ()
    ) -> Result | None:
        """The store's result; None: it is in the journal.

        Raises:
            StoreRefusalError: the store cannot hold it, now or later.
            StoreError: it is in neither.
        """
        if self.usable(_CATCH_UP_SECONDS):
            try:
                return self.ask(write, self._write_seconds, about)
            except StoreRefusalError:
                raise
            except StoreError:
                pass
        self._append(record)
        return None

    def _append(self, record: Record) -> None:
        self.journal.append(write_record(journaled(record, self.now_ms())))
        self.wanted.set()


def _forget_refused(journal: Journal, ids: Collection[str], names: Iterator[str]) -> None:
    """Forget a customer in what the store would not take."""
    if journal.refused.empty:
        return
    try:
        with journal.files.locked():
            journal.refused.rewrite(lambda lines: lines_without(lines, ids, names))
    except OSError as error:
        raise JournalError(f"Refused records cannot be changed: {error.strerror}.") from error
