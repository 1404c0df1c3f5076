"""Rolls up now and then, in a process of its own.

A child with little claim to the processor, so that decisions notice nothing. Of all workers of a host one at
a time starts it. Knows when it is due; what is done then is ``nba rollup``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import structlog

from nba_service.process.file_lock import file_lock

COMMAND: Final = (sys.executable, "-c", "from nba_service.cli import main; main()", "rollup")
_FIRST_SECONDS: Final = 30.0
_NICE: Final = 10

log: Final = structlog.get_logger(__name__)


class BackgroundRollup:
    """Starts the command when it is due.

    ``look`` is called often and costs nothing.
    """

    def __init__(
        self,
        folder: Path,
        minutes: int,
        *,
        rolled_up_at: Callable[[], int | None],
        command: Sequence[str] = COMMAND,
        first_seconds: float = _FIRST_SECONDS,
    ) -> None:
        """
        Args:
            folder: on this host, where the lock lies.
            minutes: between two runs; 0: never.
            rolled_up_at: when it was last done (ms), by whichever host.
        """
        self._lock_path = folder / "rollup.lock"
        self._seconds = minutes * 60.0
        self._rolled_up_at = rolled_up_at
        self._command = command
        self._due = time.monotonic() + first_seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._held = ExitStack()

    @property
    def running(self) -> bool:
        return self._child is not None

    def look(self) -> None:
        """Start the command if it is due, or see whether it has ended."""
        if self._child is not None:
            self._see(self._child)
        elif self._seconds and time.monotonic() >= self._due:
            self._due = time.monotonic() + self._seconds
            self._start()

    def stop(self) -> None:
        """End a command that runs; what it has stored stays."""
        if self._child is not None:
            self._child.terminate()
            self._child.wait()
            self._see(self._child)

    def _start(self) -> None:
        last = self._rolled_up_at()
        if last is not None and time.time() * 1000 - last < self._seconds * 500:
            return  # another host did
        self._lock_path.parent.mkdir(parents=True, exist_ok=True)
        if not self._held.enter_context(file_lock(self._lock_path)):
            self._held.close()
            return
        quiet = subprocess.DEVNULL
        self._child = subprocess.Popen(  # noqa: S603 - our own command
            self._command, stdin=quiet, stdout=quiet, stderr=quiet
        )
        os.setpriority(os.PRIO_PROCESS, self._child.pid, _NICE)

    def _see(self, child: subprocess.Popen[bytes]) -> None:
        code = child.poll()
        if code is not None:
            self._child = None
            self._held.close()
            if code:
                log.warning("rollup_failed", code=code, detail="`nba rollup` says why.")
