"""Group commit: one request writes for all that wait.

So one flush serves many. Whoever comes first writes; who comes while a transaction is on its way waits in
line, and when it is done the first in line writes for the whole line. Nobody returns before their own write
is durable, a caller alone pays nothing, and there is no thread that a fork could lose or an end could cut
off.

Knows who waits for whom; knows nothing of tables. Why not a thread of its own: docs/adr/0011-group-commit.md.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final

from models.domain.consent import Consent
from nba_service.errors import StoreError
from nba_service.store.rows import Claim, Written

MOST_ROWS: Final = 256
"""Rows that one transaction takes from several requests; a request of more goes by itself."""


@dataclass(slots=True, eq=False)
class PendingWrite:
    """What one request wants written, and what became of it.

    ``result`` or ``error``.
    """

    table: str  # decisions, interactions or outcomes
    rows: Sequence[Mapping[str, object]]  # columns of the table, by id ``keys``
    keys: Sequence[str]
    untimed: Set[str] = frozenset()  # ids whose time the caller left out
    claims: Mapping[str, Claim] = field(default_factory=dict)
    consents: Mapping[str, Sequence[Consent]] = field(default_factory=dict)  # by id: what a row says of them
    keep_new: bool = False  # store what is new although something else conflicts
    result: Written | None = None
    error: BaseException | None = None

    def outcome(self) -> Written:
        """What became of it; raises what stood in the way."""
        if self.error is not None:
            raise self.error
        if self.result is None:
            raise StoreError("The store did not say what became of a write. Send it again, with its id.")
        return self.result


@dataclass(slots=True, eq=False)
class _Place:
    """A place in the line. ``turn`` is released when its write is done, or when it has to write for
    ``together``, itself included."""

    write: PendingWrite
    turn: threading.Lock = field(default_factory=lambda: _taken())
    done: bool = False
    together: Sequence[_Place] = ()


class GroupCommit:
    """The line of one process.

    Args:
        perform: writes a line and sets ``result`` or ``error`` of each; must not raise.
        patience_s: how long a place in the line may take. After it the caller gets ``StoreError``, and
            the write may still happen: every write is idempotent by its id.
        writers: how many transactions may be on their way at once.
    """

    def __init__(
        self, perform: Callable[[Sequence[PendingWrite]], None], patience_s: float, writers: int = 1
    ) -> None:
        self._perform = perform
        self._patience_s = patience_s
        self._guard = threading.Lock()
        self._queue: list[_Place] = []
        self._idle = writers  # above 0 only while nobody stands in line

    def submit(self, write: PendingWrite) -> Written:
        """Write, alone or with others; returns when it is durable."""
        place = _Place(write)
        with self._guard:
            if self._idle:
                self._idle -= 1
                place.together = (place,)
            else:
                self._queue.append(place)
        if not place.together:
            self._wait(place)
        if place.together:
            self._lead(place)
        return write.outcome()

    def _wait(self, place: _Place) -> None:
        if place.turn.acquire(timeout=self._patience_s):
            return
        with self._guard:
            if place.done or place.together:
                return
            if place in self._queue:
                self._queue.remove(place)
        raise StoreError(
            f"The store did not answer within {self._patience_s:g} s. Ask again later, with the same id if"
            " it has one."
        )

    def _lead(self, place: _Place) -> None:
        """Write for all who were in line, then hand over to the first of those who came meanwhile."""
        try:
            self._perform([waiting.write for waiting in place.together])
        finally:
            with self._guard:
                for waiting in place.together:
                    waiting.done = True
                self._hand_over()
            for waiting in place.together:
                if waiting is not place:
                    waiting.turn.release()

    def _hand_over(self) -> None:
        number = fitting([waiting.write for waiting in self._queue])
        together, self._queue = self._queue[:number], self._queue[number:]
        if together:
            together[0].together = together
            together[0].turn.release()
        else:
            self._idle += 1


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


def fitting(line: Sequence[PendingWrite]) -> int:
    """How many of the line go into one transaction; at least one."""
    rows = 0
    for number, write in enumerate(line):
        rows += len(write.rows)
        if number and rows > MOST_ROWS:
            return number
    return len(line)
