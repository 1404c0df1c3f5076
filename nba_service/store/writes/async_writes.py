"""Writes that are answered before they are written (``NBA_DURABILITY=async``).

A bounded queue and a thread. What is in the queue dies with the process. A queue that is full makes callers
write for themselves, so it never grows beyond its bound; a store that does not answer makes it wait and try
again. The thread starts with the first write of a process and ends with ``close``, which writes what is left.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from nba_service.errors import StoreError
from nba_service.store.writes.group_commit import PendingWrite, fitting

MOST_WAITING: Final = 10_000
"""Rows that may wait."""

_PAUSE_S: Final = 0.5
_log: Final = logging.getLogger("nba_service.store")


class AsyncWrites:
    """The queue of one process.

    Args:
        perform: as ``GroupCommit``'s.
    """

    def __init__(self, perform: Callable[[Sequence[PendingWrite]], None], most: int = MOST_WAITING) -> None:
        self._perform = perform
        self._most = most
        self._changed = threading.Condition()
        self._waiting: list[PendingWrite] = []
        self._rows = 0
        self._ending = False
        self._thread: threading.Thread | None = None
        self._pid = -1

    def put(self, write: PendingWrite) -> bool:
        """Take a write over; False: there is no room, and the caller has to write it."""
        with self._changed:
            if self._rows + len(write.rows) > self._most or self._ending:
                return False
            self._start()
            self._waiting.append(write)
            self._rows += len(write.rows)
            self._changed.notify_all()
            return True

    def drain(self, patience_s: float) -> None:
        """Returns when all that was put before is written.

        Raises:
            StoreError: it could not be, in that time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: not self._rows, timeout=patience_s):
                raise StoreError(f"{self._rows} events still wait to be written, after {patience_s:g} s.")

    def close(self, patience_s: float) -> None:
        """Write what is left; what cannot be written by then is lost, and the log says how much."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        if self._thread is not None and self._pid == os.getpid():
            self._thread.join(timeout=patience_s)
        with self._changed:
            if self._rows:
                _log.error("async writes lost at the end: rows=%d", self._rows)
            self._ending, self._thread = False, None

    def _start(self) -> None:
        if self._thread is None or self._pid != os.getpid():
            self._pid = os.getpid()
            self._thread = threading.Thread(target=self._run, name="nba-store-later", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ending)
                if not self._waiting:
                    return
                together = self._waiting[: fitting(self._waiting)]
            if self._written(together):
                with self._changed:
                    del self._waiting[: len(together)]
                    self._rows -= sum(len(write.rows) for write in together)
                    self._changed.notify_all()
            elif self._ending:
                return
            else:
                time.sleep(_PAUSE_S)

    def _written(self, together: Sequence[PendingWrite]) -> bool:
        """Whether they are done with, written or not; False: the store did not answer."""
        for write in together:
            write.result = write.error = None
        self._perform(together)
        if any(isinstance(write.error, StoreError) for write in together):
            return False
        conflicts = sum(len(write.result.conflicts) for write in together if write.result)
        failed = [write.error for write in together if write.error]
        if conflicts or failed:
            kinds = sorted({type(error).__name__ for error in failed})
            _log.warning("async writes refused: conflicts=%d failed=%d %s", conflicts, len(failed), kinds)
        return True
