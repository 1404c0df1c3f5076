"""How much happened by day, asked of the store seldom."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from models.domain.history import DAY_MS, to_ms
from nba_service.errors import StoreError
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.records.activity import SourceDay

DAYS: Final = 28
GAP_DAYS: Final = 90
_AGE: Final = timedelta(minutes=10)
_SECONDS: Final = 5.0
Days = tuple[Mapping[int, int], Sequence[SourceDay]]


class ActivityCache:
    """Decisions and events by day.

    One process asks every ten minutes at most.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[datetime, Days] | None = None

    def of(self, store: ResilientStore, now: datetime) -> Days:
        """Decisions by day of 28 days, events by channel and day of 90; empty without the store."""
        with self._lock:
            kept = self._kept
            if kept is None or not timedelta() <= now - kept[0] < _AGE:
                try:
                    kept = (now, store.ask(lambda: _read(store, now), _SECONDS))
                except StoreError:
                    return {}, ()
                self._kept = kept
            return kept[1]


def _read(store: ResilientStore, now: datetime) -> Days:
    activity = store.plain.activity
    return (
        activity.decisions_by_day(to_ms(now) - DAYS * DAY_MS),
        activity.events_by_day(to_ms(now) - GAP_DAYS * DAY_MS),
    )
