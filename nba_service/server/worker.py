"""gunicorn's worker with threads, which leaves new connections to a worker that has fewer.

As it comes, the worker that wakes first takes all connections that wait. Clients that keep theirs open then
share one worker's interpreter, and its threads take it from each other in the middle of every request, while
the other workers have nothing to do. Knows connections; knows nothing of requests.
"""

from __future__ import annotations

import time
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

_YIELD_SECONDS: Final = 0.001


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """One that has a connection for each of its threads waits a moment before it takes another."""

    def accept(self, listener: Any) -> None:
        """Take a connection, if no other worker has taken it meanwhile."""
        if self.nr_conns >= self.cfg.threads and self.cfg.workers > 1:
            time.sleep(_YIELD_SECONDS)
        super().accept(listener)
