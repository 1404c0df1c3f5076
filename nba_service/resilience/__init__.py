"""Keeps the service answering while the store cannot.

While it is slow, full, read-only or gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from nba_service.clock import system_ms
from nba_service.resilience.journal import Journal
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.store import open_store

_SPARE: Final = 4
"""Calls beyond those that all request threads need at once, for calls that hang."""


def open_resilient_store(settings: Settings, now_ms: Callable[[], int] = system_ms) -> ResilientStore:
    """The store that the settings name, with its journal; nothing is opened before the first use."""
    store = hashlib.sha256(settings.database_url.rsplit("@")[-1].encode()).hexdigest()[:12]
    return ResilientStore(
        open_store(settings),
        Journal(settings.journal / store, settings.journal_max_bytes),
        most_calls=2 * settings.threads + _SPARE,
        read_seconds=settings.database_timeout_ms / 1000,
        write_seconds=max(settings.web_deadline_ms, settings.mail_deadline_ms) / 1000,
        now_ms=now_ms,
    )
