"""Counts decisions in which the rule of a policy failed.

It counts since this process started. Knows codes and counts; explanations and rehearsals are not counted. A
rule that fails refuses, so a count that grows means that customers miss something they may be meant to get.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping


class RuleFailures:
    """Counts for all threads of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, codes: Iterable[str]) -> None:
        """Count one decision's failures; ``codes`` is empty nearly always and costs no lock then."""
        failed = tuple(codes)
        if failed:
            with self._lock:
                self._counts.update(failed)

    def counts(self) -> Mapping[str, int]:
        """Policy → decisions in which its rule failed."""
        with self._lock:
            return dict(self._counts)
