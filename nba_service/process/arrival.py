"""When the current request became readable.

Known to the thread that answers it. The server notes it; deadlines count from it, so that time spent waiting
for a thread counts too. Without a server (command line, test client) nothing has waited.
"""

from __future__ import annotations

import threading
import time


class _Arrival(threading.local):
    readable_at: float | None = None


_arrival = _Arrival()


def note_arrival(readable_at: float | None) -> None:
    """Note when the next request of this thread became readable.

    On the clock of ``time.monotonic``.
    """
    _arrival.readable_at = readable_at


def waited_seconds() -> float:
    """Seconds since the current request became readable; 0: not noted."""
    readable_at = _arrival.readable_at
    return 0.0 if readable_at is None else max(time.monotonic() - readable_at, 0.0)
