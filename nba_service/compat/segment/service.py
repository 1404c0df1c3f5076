"""Takes Segment's messages, each by itself.

Each is accepted, a duplicate, or rejected with a reason. ``track``, ``page`` and ``screen`` become
interactions, ``identify`` and ``group`` profiles, ``alias`` aliases. A message counts once by its
``messageId``. Knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from models.domain.history import DAY_MS, from_ms, to_ms
from nba_service.clock import Clock
from nba_service.compat.names import slug
from nba_service.compat.segment.interactions import (
    interaction_of,
    typed_properties,
    unusable_properties,
    value_of,
)
from nba_service.compat.segment.items import Item, rejected, taken
from nba_service.compat.segment.messages import EVENTS, Message, read_message
from nba_service.compat.segment.profiles import profile_of
from nba_service.compat.segment.schemas import SegmentBatch
from nba_service.customers.consents import withdrawing
from nba_service.customers.events import Events
from nba_service.customers.profiles import Customers
from nba_service.decisions.calls import OutcomeCall
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.rows import InteractionRow
from nba_service.telemetry.metrics import Metrics

REMEMBERED_MS: Final = 7 * DAY_MS
"""How long the ``messageId`` of ``identify``, ``group`` and ``alias`` counts; that of others always does."""

_STUCK_MS: Final = 60_000


class Segment:
    """Takes messages."""

    def __init__(
        self,
        *,
        store: ResilientStore,
        source: EngineSource,
        events: Events,
        customers: Customers,
        clock: Clock,
        metrics: Metrics,
        seconds: float,
    ) -> None:
        """``seconds``: how long to wait for the store to remember a ``messageId``."""
        self._store = store
        self._source = source
        self._events = events
        self._customers = customers
        self._clock = clock
        self._metrics = metrics
        self._seconds = seconds

    def receive(self, batch: SegmentBatch) -> list[Item]:
        """Take the messages in their order; events of one batch are stored together.

        Raises:
            StoreError: the store does not answer; sending all again is harmless.
        """
        now = self._clock()
        items: dict[int, Item] = {}
        events: dict[int, tuple[Message, InteractionRow]] = {}
        for index, raw in enumerate(batch.messages):
            try:
                message = read_message(raw, batch.sent_at, now)
                if message.type in EVENTS and message.decision_id is None:
                    events[index] = message, interaction_of(self._source.current().journey, message)
                else:
                    items[index] = self._take(message)
            except Problem as problem:
                items[index] = rejected(raw, problem)
        items |= self._store_all(events)
        return [items[index] for index in range(len(batch.messages))]

    def _take(self, message: Message) -> Item:
        if message.type in EVENTS:
            return self._add_outcome(message)
        return self._once(message, self._alias if message.type == "alias" else self._identify)

    def _store_all(self, events: Mapping[int, tuple[Message, InteractionRow]]) -> dict[int, Item]:
        known = set(self._store.known_interactions([row.interaction_id for _, row in events.values()]))
        new: dict[str, InteractionRow] = {}
        items: dict[int, Item] = {}
        for index, (message, row) in events.items():
            duplicate = row.interaction_id in known or row.interaction_id in new
            ignored = unusable_properties(self._source.current().journey, message)
            items[index] = taken(message, new=not duplicate, ignored=ignored)
            if not duplicate:
                new[row.interaction_id] = row
        if new:
            now = to_ms(self._clock())
            rows = withdrawing(self._source.current().names, list(new.values()), now)
            written = self._store.add_interactions(rows)
            if written.conflicts:  # another worker was faster
                rest = [row for row in rows if row.interaction_id not in written.conflicts]
                if rest:
                    self._store.add_interactions(rest)
        self._metrics.events_received("interaction", len(new), len(events) - len(new))
        return items

    def _add_outcome(self, message: Message) -> Item:
        """A ``track`` whose properties name a decision is an outcome of it."""
        name = slug(str(message.raw.get("event")))
        outcome = OutcomeCall(
            outcome=name,
            decision_id=message.decision_id,
            outcome_id=message.event_id,
            value=value_of(message.part("properties")),
            occurred_at=from_ms(message.at),
            properties=typed_properties(self._source.current().journey, name, message),
        )
        new = bool(self._events.add_outcomes([outcome], timed=False).new)
        return taken(message, new=new, ignored=unusable_properties(self._source.current().journey, message))

    def _once(self, message: Message, work: Callable[[Message], dict[str, str]]) -> Item:
        """Do what must not be done again: a later message may have said otherwise since."""
        key = hashlib.sha256(f"segment\0{message.id}".encode()).hexdigest()
        now = to_ms(self._clock())
        table = self._store.requests
        claimed = self._store.ask(
            lambda: table.claim(
                key,
                message.type,
                {message.customer_id},
                at=now,
                kept_since=now - REMEMBERED_MS,
                stuck_since=now - _STUCK_MS,
            ),
            self._seconds,
        )
        if claimed is not None:
            return taken(message, new=False)
        try:
            ignored = work(message)
        except BaseException:
            self._store.ask(lambda: table.release(key, now), self._seconds)
            raise
        self._store.ask(lambda: table.answer(key, now, 200, "", b""), self._seconds)
        return taken(message, new=True, ignored=ignored)

    def _alias(self, message: Message) -> dict[str, str]:
        self._customers.add_aliases(message.customer_id, [message.id_in("previousId")])
        return {}

    def _identify(self, message: Message) -> dict[str, str]:
        """Put what the traits say over the stored profile; what could not be used, and why."""
        serving = self._source.current()
        person = self._store.persons([message.customer_id])[message.customer_id]
        stored = self._store.customer(person)
        profile, ignored = profile_of(message, stored, serving.names, serving.journey)
        newest = message.at if stored is None else max(message.at, stored.updated_at)
        self._customers.put(person, profile, told_at=message.at, updated_at=newest, source="segment")
        if message.anonymous_id not in (None, message.customer_id):
            ignored |= self._link(message)
        return ignored

    def _link(self, message: Message) -> dict[str, str]:
        """The visitor before the log-in is the customer, unless they are somebody already."""
        try:
            self._customers.add_aliases(message.customer_id, [str(message.anonymous_id)])
        except Problem as problem:
            return {"anonymousId": str(problem)}
        return {}
