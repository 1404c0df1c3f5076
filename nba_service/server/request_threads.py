"""Whole requests handed to threads.

At once, after a wait, or not at all. Requests that would wait too long for a thread are refused at once, and
health has threads of its own. Runs in the event loop; only ``handle`` runs in the threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent import futures
from typing import Final

from nba_service.server.admission import AdmissionQueue, Patience, is_probe
from nba_service.server.connection import Connection
from nba_service.server.refusals import overloaded

_PROBE_THREADS: Final = 2
_READY_A_THREAD: Final = 2
"""Requests handed to the pool per thread: one that runs and one that follows it."""
_WAITING_A_THREAD: Final = 64

Answered = futures.Future[object]


class RequestThreads:
    """Who answers now, and who waits for a thread."""

    def __init__(
        self,
        pool: futures.ThreadPoolExecutor,
        threads: int,
        patience: Patience,
        *,
        handle: Callable[[Connection], object],
        defer: Callable[..., None],
        finish: Callable[[Connection, Answered], None],
        refuse: Callable[[Connection, bytes, str], None],
        before_next: Callable[[], None] = lambda: None,
    ) -> None:
        """``threads``: of ``pool``; ``handle``: answers, in a thread; ``refuse``: with answer and reason.

        ``defer``: runs a call in the event loop; ``finish``: called there after an answer; ``before_next``:
        called there while requests wait, before the next one gets a thread.
        """
        self._pool = pool
        self._most = _READY_A_THREAD * threads
        self._patience = patience
        self._handle = handle
        self._defer = defer
        self._finish = finish
        self._refuse = refuse
        self._before_next = before_next
        self._probes = futures.ThreadPoolExecutor(_PROBE_THREADS, "probe")
        self._queue: AdmissionQueue[Connection] = AdmissionQueue(_WAITING_A_THREAD * threads)
        self._answering = 0
        self._begun = time.monotonic()

    @property
    def waiting(self) -> int:
        """How many requests wait for a thread."""
        return len(self._queue)

    def admit(self, conn: Connection) -> None:
        """Hand a whole request to a thread, let it wait, or refuse it."""
        if is_probe(conn.buffer):
            self._submit(conn, self._probes)
            return
        conn.patience = self._patience.of(conn.buffer)
        conn.whole_at = max(conn.whole_at, self._begun)  # before that it waited for the worker to start
        if self._answering < self._most and not self._queue:
            self._answering += 1
            self._submit(conn, self._pool)
        else:
            for late in self._queue.add(conn, time.monotonic()):
                self._refuse(late, overloaded(), "overloaded")

    def _submit(self, conn: Connection, pool: futures.ThreadPoolExecutor) -> None:
        future = pool.submit(self._handle, conn)
        counted = pool is self._pool
        future.add_done_callback(lambda done: self._defer(self._answered, conn, done, counted))

    def _answered(self, conn: Connection, future: Answered, counted: bool) -> None:
        """After an answer: the connection's next request, and the next that waits."""
        if counted:
            if self._queue:
                self._before_next()
            self._answering -= 1
            self._admit_next()
        self._finish(conn, future)

    def _admit_next(self) -> None:
        following, late = self._queue.next(time.monotonic())
        for conn in late:
            self._refuse(conn, overloaded(), "overloaded")
        if following is not None:
            self._answering += 1
            self._submit(following, self._pool)
