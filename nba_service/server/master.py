"""gunicorn's master, which replaces old workers without a gap.

As it comes, a reload (SIGHUP) ends the old workers as soon as the new ones are forked; while those load their
bundle nobody takes connections, and requests wait. Here they wait for nothing. Knows workers and whether they
have loaded; knows nothing of what they do.
"""

from __future__ import annotations

import mmap
import time
from typing import Any, Final

from gunicorn.arbiter import Arbiter

_LOOK_SECONDS: Final = 0.02


def begin_loading(_master: Any, worker: Any) -> None:
    """Before a worker is forked: a byte that it shares with the master."""
    worker.loaded = mmap.mmap(-1, 1)


def end_loading(worker: Any) -> None:
    """In a worker that can answer."""
    worker.loaded[0] = 1


class Master(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """Ends surplus workers once the others have loaded.

    It ends them too when the others have not loaded for too long.
    """

    def manage_workers(self) -> None:
        until = time.monotonic() + self.cfg.graceful_timeout
        while self._must_wait() and time.monotonic() < until:
            self.reap_workers()
            time.sleep(_LOOK_SECONDS)
        super().manage_workers()

    def _must_wait(self) -> bool:
        workers = sorted(self.WORKERS.values(), key=lambda worker: worker.age)
        if len(workers) <= self.num_workers:
            return False
        return not all(worker.loaded[0] for worker in workers[-self.num_workers :])
