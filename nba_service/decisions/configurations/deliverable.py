"""What can be delivered to a customer when a decision is made.

The table is read again whenever it changed: one small query tells. What was searched is kept as long as the
table, the wish and the day are the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.configurations.availability import Availability
from models.domain.configurations import Configured
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.policy.batch.deliverable import Searches, Tables, configurators_used, configured_for
from nba_service.resilience.resilient_store import ResilientStore


class DeliverableConfigurations:
    """Finds what can be delivered; safe to share by threads."""

    def __init__(self, store: ResilientStore) -> None:
        self._store = store
        self._tables: Tables | None = None
        self.searches = Searches()

    def tables(self) -> Tables:
        """The tables as they are now.

        Raises:
            StoreError: the store does not answer.
        """
        known = self._tables
        if known is not None and known.turn == self._store.availability_turn():
            return known
        turn, as_of, rows = self._store.availability()
        tables = {name: Availability.of(rows.get(name, ()), as_of.get(name, 0)) for name in {*as_of, *rows}}
        self._tables = Tables(turn, tables)
        return self._tables

    def now(self, journey: Journey) -> DeliverableNow:
        """For decisions of one moment, which read the table once."""
        return DeliverableNow(self, journey)


class DeliverableNow:
    """The tables as they were read once, asked for several customers."""

    def __init__(self, source: DeliverableConfigurations, journey: Journey) -> None:
        self._source = source
        self._journey = journey
        self._used = bool(configurators_used(journey))
        self._tables: Tables | None = None

    def of(self, request: DecisionRequest) -> Mapping[str, Configured] | None:
        """Configurator → the nearest to the customer's wish; None: no action speaks of any."""
        if not self._used:
            return None
        if self._tables is None:
            self._tables = self._source.tables()
        return configured_for(self._journey, self._tables, request, self._source.searches)
