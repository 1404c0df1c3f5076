"""How often texts fell back since this process started, and why.

The log has the first, the tenth, the hundredth of each kind. Hypothetical decisions and replays are not
counted.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping

import structlog

log = structlog.get_logger(__name__)

Key = tuple[str, str, str]
"""Action, channel, reason."""


class ContentFallbacks:
    """Counts for all threads of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()

    def add(self, fallbacks: Iterable[Key]) -> None:
        """Count what fell back in the answers of one request; nearly always nothing."""
        for key in fallbacks:
            self._count(key)

    def counts(self) -> Mapping[Key, int]:
        """(action, channel, reason) → contents."""
        with self._lock:
            return dict(self._counts)

    def _count(self, key: Key) -> None:
        with self._lock:
            self._counts[key] += 1
            count = self._counts[key]
        if str(count).rstrip("0") == "1":  # 1, 10, 100, …: a broken text must not flood the log
            action, channel, reason = key
            log.warning("content_fell_back", action=action, channel=channel, reason=reason, count=count)
