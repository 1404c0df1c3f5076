"""The lines that requests leave in the log, several in one write.

As any other line, but made without the processors of the log, which cost more than what they are for. Until
``start`` each is written at once; after it a thread writes what has come every tenth of a second. What a
process had not written when it was killed is lost: counts, decisions and errors are elsewhere.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from datetime import UTC, datetime
from typing import Final

from nba_service.process.logs import StandardError, current_request, line_of

_PAUSE_SECONDS: Final = 0.1
_MOST_BYTES: Final = 4_096
"""Of one write: more than that might be torn apart by what other workers write into the same pipe."""


class RequestLines:
    """Lines of one process; ``level`` and ``form`` as in the settings."""

    def __init__(self, level: str, form: str = "json") -> None:
        self._form = form
        self._on = logging.getLevelNamesMapping()[level.upper()] <= logging.INFO
        self._out = StandardError()
        self._waiting: deque[bytes] = deque()
        self._writing = threading.Lock()
        self._stop: threading.Event | None = None

    def put(self, line: dict[str, object]) -> None:
        """Write a line, now or a moment later."""
        if not self._on:
            return
        line["event"] = "request"
        request = current_request.get()
        if request is not None:
            line["request"] = request
        line["level"] = "info"
        line["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        self._waiting.append(line_of(line, self._form))
        if self._stop is None:
            self.write()

    def start(self) -> None:
        """Write from a thread of this process from now on."""
        if self._on and self._stop is None:
            self._stop = threading.Event()
            thread = threading.Thread(target=self._run, args=(self._stop,), name="nba-log", daemon=True)
            thread.start()

    def stop(self) -> None:
        """Write what is left, and each line at once from now on."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None
        self.write()

    def write(self) -> None:
        """Write what has come."""
        with self._writing:
            together: list[bytes] = []
            size = 0
            while self._waiting:
                line = self._waiting.popleft()
                if size + len(line) >= _MOST_BYTES and together:
                    self._out.msg(b"\n".join(together))
                    together, size = [], 0
                together.append(line)
                size += len(line) + 1
            if together:
                self._out.msg(b"\n".join(together))

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(_PAUSE_SECONDS):
            if self._waiting:
                self.write()
