"""What can be delivered to a customer, nearest to the wish.

From tables of availability: the service reads its store, a run over tables an export. Many customers wish the
same, so searches are kept. Knows requests and tables; knows nothing of where tables come from.
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

_KEPT: Final = 10_000
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Tables:
    """Availability of every configurator.

    ``turn``: another number after every change.
    """

    turn: int = 0
    by_configurator: Mapping[str, Availability] = field(default_factory=dict)

    def of(self, configurator: str) -> Availability:
        return self.by_configurator.get(configurator, _NOTHING)


_NOTHING: Final = Availability()

Search = tuple[object, ...]
"""What a search depends on: the file, the table's turn, region, days and wish."""


class Searches:
    """The newest searches with what they found; threads may share them."""

    def __init__(self) -> None:
        self._found: OrderedDict[Search, Configured] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, search: Search) -> Configured | None:
        with self._lock:
            return self._found.get(search)

    def keep(self, search: Search, configured: Configured) -> None:
        with self._lock:
            self._found[search] = configured
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)


def configurators_used(journey: Journey) -> tuple[Configurator, ...]:
    """Those that an action speaks of."""
    return tuple(one for one in journey.configurators if journey.configured_actions[one.name])


def configured_for(
    journey: Journey, tables: Tables, request: DecisionRequest, searches: Searches
) -> dict[str, Configured]:
    """Configurator → the nearest to the customer's wish, of those that an action speaks of."""
    customer, instant = request.customer, to_ms(request.decided_at)
    known = customer.attributes if may_profile(journey, customer.consent) else {}
    today = day_of(journey, instant)
    found = {}
    for one in configurators_used(journey):
        wish, region = wish_of(one, known), region_of(one, known)
        days, table = days_from(today, one.within_days), tables.of(one.name)
        if table_trouble(one, table, instant) is not None:
            found[one.name] = configure(one, table, wish, region, days, instant)
            continue
        search = (journey.sha256, one.name, tables.turn, region, days, tuple(wish.items()))
        configured = searches.get(search)
        if configured is None:
            configured = configure(one, table, wish, region, days, instant)
            searches.keep(search, configured)
        found[one.name] = configured
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
