"""How often texts fell back since this process started, and why.

Knows names and counts; metrics read them. Hypothetical decisions and replays are not counted.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import structlog

log = structlog.get_logger(__name__)

Key = tuple[str, str, str]


class ContentFallbacks:
    """Counts for all threads of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()

    def add(self, actions: Iterable[Mapping[str, Any]]) -> None:
        """Count the ``actions`` of one answer whose content fell back; nearly always none."""
        for action in actions:
            content = action["content"]
            if content is not None and content["fallback"]:
                self._count((action["action"], action["channel"] or "", content["fallback"]))

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
