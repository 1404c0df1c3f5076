"""What a page reports.

Each event by itself, once, however often it is sent. A page that is left cannot be told what was wrong, and
would send it again and again; so what is wrong is dropped with a reason that is counted, and the rest is
stored. The browser's clock is not believed: an event is as old as the browser says that it was when it sent
them. A visitor can only report outcomes of decisions that were made for them. Knows names, ids and times;
knows nothing of how decisions are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar, cast

import marshmallow as ma

from models.domain.history import DAY_MS, to_ms
from nba_service.access.pages import exceeds, page_outcome_id
from nba_service.clock import Clock
from nba_service.customers.consents import withdrawing
from nba_service.decisions.calls import InteractionCall, OutcomeCall
from nba_service.decisions.checks import interaction_problems, outcome_problems
from nba_service.engine.names import Names
from nba_service.engine.source import EngineSource
from nba_service.http.body import problem_of_messages
from nba_service.http.json_body import HalfText, can_be_said
from nba_service.store.interface import RequestStore
from nba_service.store.rows import InteractionRow, OutcomeRow, Written
from nba_service.telemetry.metrics import Metrics
from nba_service.web.calls import EventBatch, EventCall
from nba_service.web.schemas import EventSchema

OLDEST_MS: Final = 7 * DAY_MS
"""Older events are not taken: nba.js does not keep them longer either."""

TOO_OLD: Final = "EVENT_TOO_OLD"
FOREIGN: Final = "FOREIGN_DECISION"

Row = TypeVar("Row", InteractionRow, OutcomeRow)

_EVENT: Final = EventSchema()


@dataclass(frozen=True, slots=True)
class Dropped:
    """An event that was not taken, and why."""

    id: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a batch."""

    new: int = 0
    known: int = 0
    dropped: tuple[Dropped, ...] = ()


class EventIntake:
    """Takes batches of events; what is dropped is counted by its reason."""

    def __init__(self, store: RequestStore, source: EngineSource, clock: Clock, metrics: Metrics) -> None:
        self._store = store
        self._source = source
        self._clock = clock
        self._metrics = metrics

    def receive(self, batch: EventBatch, most_value: float | None = None) -> Received:
        """Store what can be stored; ``most_value``: the highest value of an event, None for any.

        Raises:
            StoreError: the store does not answer; nothing was stored, or all of one kind.
        """
        now = self._clock()
        events, dropped = self._sort(batch, now, most_value)
        tracks = [_interaction(batch, event, at) for event, at in events if event.type == "track"]
        outcomes = [_outcome(event, at) for event, at in events if event.type == "outcome"]
        known = (
            self._store.known_decisions([row.decision_id for row in outcomes]) if outcomes else frozenset()
        )
        dropped += [Dropped(row.outcome_id, FOREIGN) for row in outcomes if row.decision_id not in known]
        outcomes = [row for row in outcomes if row.decision_id in known]
        names = self._source.current().names
        tracks, outcomes = (
            withdrawing(names, tracks, to_ms(now)),
            withdrawing(names, outcomes, to_ms(now)),
        )
        written = (
            _add(self._store.add_interactions, tracks, lambda row: row.interaction_id, dropped),
            _add(self._store.add_outcomes, outcomes, lambda row: row.outcome_id, dropped),
        )
        self._count(dropped)
        self._count_written(written, outcomes, now)
        return Received(
            new=sum(result.new for result in written),
            known=sum(result.known for result in written),
            dropped=tuple(dropped),
        )

    def refuse(self, batch: EventBatch, code: str) -> Received:
        """Take nothing of a batch that is no person's."""
        dropped = [Dropped(_id_of(event), code) for event in batch.events]
        self._count(dropped)
        return Received(dropped=tuple(dropped))

    def _count_written(
        self, written: Sequence[Written], outcomes: Sequence[OutcomeRow], now: datetime
    ) -> None:
        """As ``Events`` does: repeats are counted as such, and no outcome is counted twice."""
        for kind, result in zip(("interaction", "outcome"), written, strict=True):
            self._metrics.events_received(kind, result.new, result.known)
        if written[1].new:
            for row in outcomes:
                self._metrics.outcome(row.outcome, (to_ms(now) - row.occurred_at) / 1000)

    def _count(self, dropped: Sequence[Dropped]) -> None:
        for code, number in Counter(str(event.code) for event in dropped).items():
            self._metrics.dropped(code, number)

    def _sort(
        self, batch: EventBatch, now: datetime, most_value: float | None
    ) -> tuple[list[tuple[EventCall, int]], list[Dropped]]:
        """Events that can be stored, each with its time (ms), and those that cannot."""
        names, channel = self._source.current().names, self._usual_channel()
        events: dict[str, tuple[EventCall, int]] = {}
        dropped: list[Dropped] = []
        for raw in batch.events:
            age = 0
            if isinstance(raw, HalfText):
                dropped.append(Dropped(_id_of(raw), raw.problem().kind))
                continue
            try:
                event: EventCall = _EVENT.load(cast("Mapping[str, object]", raw))  # it refuses anything else
                age = _age(batch, event)
                code = TOO_OLD if age > OLDEST_MS else _wrong(names, batch, event, now)
                if code is None and exceeds(event.value, most_value):
                    code = "FIELD_RANGE"
            except ma.ValidationError as error:
                event, code = EventCall(id="", type=""), problem_of_messages(error.messages, raw).kind
            if code is not None:
                dropped.append(Dropped(_id_of(raw), code))
            else:
                events[event.id] = (_on(event, channel), to_ms(now) - age)
        return list(events.values()), dropped

    def _usual_channel(self) -> str | None:
        """The channel of a page that does not name one: the first that has slots."""
        journey = self._source.current().journey
        return next((channel.name for channel in journey.channels if channel.placements), None)


def belongs_to(visitor: str, decision_id: str) -> bool:
    """Whether a decision was made for this visitor; ``slot_decision_id`` names them so."""
    return decision_id.startswith(f"web/{visitor}/")


def _wrong(names: Names, batch: EventBatch, event: EventCall, now: datetime) -> str | None:
    """Why an event of the right shape cannot be stored."""
    if event.type == "track":
        call = InteractionCall(
            touchpoint=event.touchpoint or "", channel=event.channel, properties=event.properties
        )
        problems = interaction_problems(names, call, now, "")
    elif not belongs_to(batch.visitor, event.decision_id or ""):
        return FOREIGN
    else:
        call_ = OutcomeCall(
            decision_id=event.decision_id or "", outcome=event.outcome or "", properties=event.properties
        )
        problems = outcome_problems(names, call_, now, "")
    return next((problem.code for problem in problems), None)


def _age(batch: EventBatch, event: EventCall) -> int:
    if event.at is None or batch.sent_at is None:
        return 0
    return max(0, batch.sent_at - event.at)


def _on(event: EventCall, channel: str | None) -> EventCall:
    return replace(event, channel=channel) if event.type == "track" and event.channel is None else event


def _id_of(raw: object) -> str | None:
    whole = raw.raw if isinstance(raw, HalfText) else raw
    event_id = whole.get("id") if isinstance(whole, dict) else None
    return event_id if can_be_said(event_id) and len(event_id) <= 200 else None


def _interaction(batch: EventBatch, event: EventCall, at: int) -> InteractionRow:
    """``timed`` False: sent again, an event is as old as it is then, give or take the way."""
    return InteractionRow(
        interaction_id=f"web/{batch.visitor}/{event.id}",
        customer_id=batch.visitor,
        occurred_at=at,
        touchpoint=event.touchpoint or "",
        channel=event.channel,
        value=event.value,
        properties=event.properties,
        timed=False,
    )


def _outcome(event: EventCall, at: int) -> OutcomeRow:
    return OutcomeRow(
        outcome_id=page_outcome_id(event.decision_id, event.outcome or ""),
        decision_id=event.decision_id or "",
        outcome=event.outcome or "",
        occurred_at=at,
        value=event.value,
        properties=event.properties,
        timed=False,
    )


def _add(
    write: Callable[[Sequence[Row]], Written],
    rows: Sequence[Row],
    id_of: Callable[[Row], str],
    dropped: list[Dropped],
) -> Written:
    """Store rows; those whose id holds another content are dropped, and the rest is stored."""
    written = write(rows) if rows else Written(new=0, known=0)
    if not written.conflicts:
        return written
    dropped += [Dropped(row_id, "IDEMPOTENCY_MISMATCH") for row_id in written.conflicts]
    rest = [row for row in rows if id_of(row) not in set(written.conflicts)]
    return write(rest) if rest else Written(new=0, known=0)
