"""Days of trouble are noted in the audit log.

The store was away, requests were refused for want of time, or answers lacked something. A day is noted once a
kind, however many workers see it, so that pages can mark it on their charts long after counters have begun
anew. Knows counts; knows nothing of stores.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from nba_service.errors import StoreError

STORE_AWAY: Final = "service.store_away"
OVERLOADED: Final = "service.overloaded"
DEGRADED: Final = "service.degraded"
LACKING: Final = (
    *("STORE_UNAVAILABLE", "STORE_SLOW", "STORE_CATCHING_UP", "NOT_RECORDED"),
    *("REGISTRY_UNAVAILABLE", "MODEL_FAILED"),
)
"""What an answer lacks that changes what is decided; that no model decided is in the decisions themselves."""
_SECONDS: Final = 30.0
_FEWEST: Final = 20
_SHARE: Final = 0.05

Note = Callable[[str, str, Mapping[str, object], int], None]
"""Kind, subject, detail and time (ms): an entry, unless the last one of its kind has the same subject."""


class TroubleNotes:
    """Looks at the counts of one process every half a minute."""

    def __init__(
        self,
        note: Note,
        *,
        tally: Mapping[str, int],
        openings: Callable[[], int],
        usable: Callable[[], bool],
        now_ms: Callable[[], int],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            tally: decisions, reasons of degraded answers and of refused requests, so far.
            openings: how often the breaker has opened; ``usable``: whether the store can be written.
        """
        self._note = note
        self._tally = tally
        self._openings = openings
        self._usable = usable
        self._now_ms = now_ms
        self._seconds = seconds
        self._due = seconds() + _SECONDS
        self._told: Counter[str] = Counter()
        self._opened = 0

    def look(self) -> None:
        """Note what has come since the last look, if it is time and the store is there."""
        if self._seconds() < self._due or not self._usable():
            return
        self._due = self._seconds() + _SECONDS
        now, opened = Counter(dict(self._tally)), self._openings()
        try:
            for kind, detail in _troubles(now - self._told, opened - self._opened).items():
                at = self._now_ms()
                day = datetime.fromtimestamp(at / 1000, UTC).date().isoformat()
                self._note(kind, day, detail, at)
        except StoreError:
            return  # told at the next look
        self._told, self._opened = now, opened


def _troubles(new: Counter[str], opened: int) -> dict[str, Mapping[str, object]]:
    found: dict[str, Mapping[str, object]] = {}
    if opened:
        found[STORE_AWAY] = {"times": opened}
    if new["overloaded"]:
        found[OVERLOADED] = {"requests": new["overloaded"]}
    lacking = {reason: new[reason] for reason in LACKING if new[reason]}
    total = sum(lacking.values())
    if total >= _FEWEST and total > _SHARE * new["decisions"]:
        found[DEGRADED] = {"reasons": lacking, "decisions": new["decisions"]}
    return found
