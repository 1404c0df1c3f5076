"""What can be delivered to a customer when a decision is made.

The table is read again whenever it changed: one small query tells. What was searched is kept as long as the
table, the wish and the day are the same.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from models.configurations.availability import Availability
from models.configurations.check import configure, days_from, table_trouble
from models.domain.configurations import Configurator, Configured
from models.domain.decision import DecisionRequest
from models.domain.history import to_ms
from models.domain.journey import Journey
from models.policy.batch.capacity import local_day
from models.policy.eligibility.profiling import may_profile
from nba_service.resilience.resilient_store import ResilientStore

_KEPT: Final = 10_000
"""Searches whose result is kept."""

_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Tables:
    """Availability of every configurator at one turn of the store."""

    turn: int = 0
    by_configurator: Mapping[str, Availability] = field(default_factory=dict)

    def of(self, configurator: str) -> Availability:
        return self.by_configurator.get(configurator, _NOTHING)


_NOTHING: Final = Availability()


class DeliverableConfigurations:
    """Finds what can be delivered; safe to share by threads."""

    def __init__(self, store: ResilientStore) -> None:
        self._store = store
        self._tables: Tables | None = None
        self._searched: OrderedDict[tuple[object, ...], Configured] = OrderedDict()
        self._lock = threading.Lock()

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

    def searched(self, key: tuple[object, ...]) -> Configured | None:
        with self._lock:
            return self._searched.get(key)

    def keep(self, key: tuple[object, ...], configured: Configured) -> None:
        with self._lock:
            self._searched[key] = configured
            while len(self._searched) > _KEPT:
                self._searched.popitem(last=False)


class DeliverableNow:
    """The tables as they were read once, asked for several customers."""

    def __init__(self, source: DeliverableConfigurations, journey: Journey) -> None:
        self._source = source
        self._journey = journey
        self._used = [one for one in journey.configurators if journey.configured_actions[one.name]]
        self._tables: Tables | None = None

    def of(self, request: DecisionRequest) -> Mapping[str, Configured] | None:
        """Configurator → the nearest to the customer's wish; None: no action speaks of any."""
        if not self._used:
            return None
        if self._tables is None:
            self._tables = self._source.tables()
        customer, instant = request.customer, to_ms(request.decided_at)
        known = customer.attributes if may_profile(self._journey, customer.consent) else {}
        today = day_of(self._journey, instant)
        return {one.name: self._configured(self._tables, one, known, today, instant) for one in self._used}

    def _configured(
        self,
        tables: Tables,
        configurator: Configurator,
        attributes: Mapping[str, object],
        today: date,
        instant: int,
    ) -> Configured:
        wish, region = wish_of(configurator, attributes), region_of(configurator, attributes)
        days, table = days_from(today, configurator.within_days), tables.of(configurator.name)
        if table_trouble(configurator, table, instant) is not None:
            return configure(configurator, table, wish, region, days, instant)
        key = (self._journey.sha256, configurator.name, tables.turn, region, days, tuple(wish.items()))
        found = self._source.searched(key)
        if found is None:
            found = configure(configurator, table, wish, region, days, instant)
            self._source.keep(key, found)
        return found


def day_of(journey: Journey, instant: int) -> date:
    """The day of the company's calendar."""
    return _EPOCH + timedelta(days=local_day(journey, instant))


def wish_of(configurator: Configurator, attributes: Mapping[str, object]) -> dict[str, str]:
    """Option → choice, as far as the customer's attributes say it."""
    return {
        option.name: wished
        for option in configurator.options
        if option.wish is not None
        and isinstance(wished := attributes.get(option.wish), str)
        and option.position(wished) >= 0
    }


def region_of(configurator: Configurator, attributes: Mapping[str, object]) -> str:
    """Where it would be delivered; empty: not known."""
    region = attributes.get(configurator.region) if configurator.region is not None else None
    return region if isinstance(region, str) else ""
