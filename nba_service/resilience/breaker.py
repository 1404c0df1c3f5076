"""The circuit breaker.

After an error, or a few late answers, requests no longer wait for the store until it is back. Knows
failures and successes; knows nothing of stores. One per process.
"""

from __future__ import annotations

import threading
from typing import Final

FAILURES: Final = 3
"""So many answers in a row that come too late open it; an error does at once (``trip``)."""


class Breaker:
    """Closed: ask. Open: do not, until ``close`` is called by whoever probes."""

    def __init__(self, failures: int = FAILURES) -> None:
        self._most = failures
        self._lock = threading.Lock()
        self._row = 0
        self.openings = 0

    @property
    def closed(self) -> bool:
        return self._row < self._most

    def failed(self) -> None:
        with self._lock:
            self._row += 1
            if self._row == self._most:
                self.openings += 1

    def trip(self) -> None:
        """Open it at once."""
        while self.closed:
            self.failed()

    def succeeded(self) -> None:
        """An answer came while it was closed; an open one is closed by a probe alone."""
        if self._row and self.closed:
            with self._lock:
                if self._row < self._most:
                    self._row = 0

    def close(self) -> None:
        with self._lock:
            self._row = 0
