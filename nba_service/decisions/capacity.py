"""What scarce channels have left, and what a decision takes.

Contacts of a local day, counted in seats. A seat is taken with the decision, deferred or not, in the
transaction that stores it; what is left is only a look, so that a full channel is not offered. Days are those
of the company's time zone.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.domain.decision import Decision
from models.domain.history import to_ms
from models.domain.journey import Journey
from models.policy.batch.capacity import local_day, scarce
from nba_service.store.interface import RequestStore
from nba_service.store.rows import Seat


def remaining_capacity(store: RequestStore, journey: Journey, instant: int) -> Mapping[str, int]:
    """Channel → contacts that its day has left; only scarce channels."""
    most = scarce(journey)
    if not most:
        return {}
    used = store.used_seats(list(most), local_day(journey, instant))
    return {channel: most[channel] - used.get(channel, 0) for channel in most}


class RemainingCapacity:
    """What scarce channels have left, read once a day of a journey."""

    def __init__(self, store: RequestStore) -> None:
        self._store = store
        self._known: dict[tuple[str, int], Mapping[str, int]] = {}

    def of(self, journey: Journey, instant: int) -> Mapping[str, int]:
        if not scarce(journey):
            return {}
        day = (journey.sha256, local_day(journey, instant))
        if day not in self._known:
            self._known[day] = remaining_capacity(self._store, journey, instant)
        return self._known[day]


def reserved_capacity(journey: Journey, decision: Decision) -> tuple[Seat, ...]:
    """What the decision takes of scarce channels."""
    most = scarce(journey)
    if not most:
        return ()
    day = local_day(journey, to_ms(decision.decided_at))
    return tuple(
        Seat(channel=chosen.channel, day=day, most=most[chosen.channel])
        for chosen in decision.actions
        if chosen.channel is not None and chosen.channel in most
    )
