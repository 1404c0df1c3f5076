"""Calls that end after a bounded time.

Run something on another thread, and go on without it if it is late. A call that hangs (a stopped database, a
dead network) cannot be interrupted, only left behind: its thread ends it some time and then takes the next.
There are only so many threads; when all hang, the next call is refused at once. Knows nothing of what is run.
"""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, TypeVar, cast

from nba_service.resilience.errors import NoThreadError, StoreTimeoutError

Result = TypeVar("Result")


class _Job(Generic[Result]):
    """One call; ``done`` is released when there is a result or an error."""

    __slots__ = ("_context", "_error", "_result", "_work", "done")

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._context = contextvars.copy_context()
        self._result: Result | None = None
        self._error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def run(self) -> None:
        try:
            self._result = self._context.run(self._work)
        except BaseException as error:  # handed to the caller, whatever it is
            self._error = error
        finally:
            self.done.release()

    def result(self) -> Result:
        if self._error is not None:
            raise self._error
        return cast("Result", self._result)


class BoundedCalls:
    """A bounded number of daemon threads that make calls.

    They are started when they are needed.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._inside = threading.local()
        self._pid = -1
        self._fresh()

    @property
    def inside(self) -> bool:
        """Whether this thread is in a call already."""
        return getattr(self._inside, "yes", False)

    def run(self, work: Callable[[], Result], seconds: float) -> Result:
        """The result of ``work``, if it comes within ``seconds``; a call inside a call runs where it is.

        Raises:
            StoreTimeoutError: it did not come in time; ``work`` may still be running.
            NoThreadError: all hang; ``work`` was not begun.
        """
        if self.inside:
            return work()
        job = _Job(work)
        self._give(job)
        if not job.done.acquire(timeout=max(0.0, seconds)):
            raise StoreTimeoutError(
                f"The store did not answer within {seconds * 1000:.0f} ms."
                " `nba doctor` says what is wrong with it."
            )
        return job.result()

    @property
    def busy(self) -> int:
        """Calls that have not ended."""
        return self._running

    def _give(self, job: _Job[Any]) -> None:
        with self._lock:
            if self._pid != os.getpid():
                self._fresh()
            if self._running >= self._most:
                raise NoThreadError(
                    "The store has left all earlier calls without an answer, so none was added."
                )
            self._running += 1
            if self._running > self._threads:
                self._threads += 1
                threading.Thread(target=self._work, args=(self._jobs,), name="nba-store", daemon=True).start()
        self._jobs.put(job)

    def _work(self, jobs: SimpleQueue[_Job[object]]) -> None:
        self._inside.yes = True
        while True:
            job = jobs.get()
            job.run()
            del job
            with self._lock:
                if jobs is self._jobs:
                    self._running -= 1

    def _fresh(self) -> None:
        """No thread survives a fork."""
        self._pid = os.getpid()
        self._running = self._threads = 0
        self._jobs: SimpleQueue[_Job[object]] = SimpleQueue()
