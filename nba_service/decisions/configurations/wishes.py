"""Notes what customers wish for, and whether it could be delivered.

Once a customer and combination; what this process noted today already is not written again. That a wish
cannot be noted harms no decision: it is logged.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Final

import structlog

from models.configurations.check import Code
from models.domain.configurations import Configured
from models.domain.decision import DecisionRequest
from models.domain.history import DAY_MS, to_ms
from nba_service.errors import StoreError
from nba_service.http.json_body import canonical_json
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.records.configurations import Wish

log: Final = structlog.get_logger(__name__)

_KNOWN: Final = 100_000
_NOT_TOLD: Final = (Code.AVAILABILITY_UNKNOWN, Code.AVAILABILITY_STALE)
"""The table said nothing, so nobody knows whether it could be delivered."""


class Wishes:
    """Notes wishes; safe to share by threads."""

    def __init__(self, store: ResilientStore) -> None:
        self._store = store
        self._noted: set[tuple[object, ...]] = set()
        self._lock = threading.Lock()

    def of_decisions(self, requests: Iterable[DecisionRequest]) -> None:
        """What customers of stored decisions wish."""
        wishes = [
            wish
            for request in requests
            for configured in (request.configured or {}).values()
            for wish in self.told(request.customer.customer_id, configured, to_ms(request.decided_at))
        ]
        self.note(wishes)

    def told(self, customer_id: str, configured: Configured, at: int) -> Iterator[Wish]:
        """The wish of one customer, if there is one and the table said something."""
        if configured.wish and configured.code not in _NOT_TOLD:
            yield Wish(
                configurator=configured.configurator,
                region=configured.region,
                combination=canonical_json(configured.wish),
                customer_id=customer_id,
                deliverable=bool(configured.choices) and not configured.changes,
                at=at,
            )

    def note(self, wishes: Iterable[Wish]) -> bool:
        """Store what this process has not stored today; False: the store did not take it."""
        new = {key: wish for wish in wishes if (key := (*wish[:5], wish.at // DAY_MS)) not in self._noted}
        if not new:
            return True
        try:
            self._store.note_wishes([new[key] for key in sorted(new)])
        except StoreError as error:
            log.warning("wishes_not_noted", wishes=len(new), code=error.code)
            return False
        with self._lock:
            if len(self._noted) + len(new) > _KNOWN:
                self._noted.clear()
            self._noted.update(new)
        return True
