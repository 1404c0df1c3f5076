"""The beacon: what a page reports, each event by itself, once, however often it is sent.

A page that is left cannot be told what was wrong, and would send it again for ever; so what is wrong is
dropped with a reason that is counted, and the rest is stored. The browser's clock is not believed: an event
is as old as the browser says that it was when the letter was sent. A visitor can only report outcomes of
decisions that were made for them. Knows names, ids and times; knows nothing of how decisions are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import marshmallow as ma

from models.domain.history import DAY_MS, to_ms
from nba_service.decisions.calls import InteractionCall, OutcomeCall
from nba_service.decisions.checks import interaction_problems, outcome_problems
from nba_service.engine.names import Names
from nba_service.engine.source import EngineSource
from nba_service.http.body import problem_of_messages
from nba_service.store.interface import RequestStore
from nba_service.store.rows import InteractionRow, OutcomeRow, Written
from nba_service.telemetry.metrics import Metrics
from nba_service.web.calls import EventCall, Letter
from nba_service.web.schemas import EventSchema

OLDEST_MS: Final = 7 * DAY_MS
"""Older events are not taken: nba.js does not keep them longer either."""

TOO_OLD: Final = "EVENT_TOO_OLD"
FOREIGN: Final = "FOREIGN_DECISION"

_EVENT: Final = EventSchema()


@dataclass(frozen=True, slots=True)
class Dropped:
    """An event that was not taken, and why."""

    id: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a letter."""

    new: int = 0
    known: int = 0
    dropped: tuple[Dropped, ...] = ()


class Beacon:
    """Takes letters; what is dropped is counted by its reason."""

    def __init__(
        self, store: RequestStore, source: EngineSource, clock: Callable[[], datetime], metrics: Metrics
    ) -> None:
        self._store = store
        self._source = source
        self._clock = clock
        self._metrics = metrics

    def receive(self, letter: Letter) -> Received:
        """Store what can be stored.

        Raises:
            StoreError: the store does not answer; nothing was stored, or all of one kind.
        """
        now = self._clock()
        events, dropped = self._sort(letter, now)
        tracks = [_interaction(letter, event, at) for event, at in events if event.type == "track"]
        outcomes = [_outcome(event, at) for event, at in events if event.type == "outcome"]
        known = (
            self._store.known_decisions([row.decision_id for row in outcomes]) if outcomes else frozenset()
        )
        dropped += [Dropped(row.outcome_id, FOREIGN) for row in outcomes if row.decision_id not in known]
        outcomes = [row for row in outcomes if row.decision_id in known]
        written = (
            _add(self._store.add_interactions, tracks, "interaction_id", dropped),
            _add(self._store.add_outcomes, outcomes, "outcome_id", dropped),
        )
        self._count(dropped)
        self._tell(written, outcomes, now)
        return Received(
            new=sum(one.new for one in written),
            known=sum(one.known for one in written),
            dropped=tuple(dropped),
        )

    def refuse(self, letter: Letter, code: str) -> Received:
        """Take nothing of a letter that is nobody's."""
        dropped = [Dropped(_id_of(event), code) for event in letter.events]
        self._count(dropped)
        return Received(dropped=tuple(dropped))

    def _tell(self, written: Sequence[Written], outcomes: Sequence[OutcomeRow], now: datetime) -> None:
        """As ``Events`` does: repeats are counted as such, and tell no outcome a second time."""
        for kind, one in zip(("interaction", "outcome"), written, strict=True):
            self._metrics.told(kind, one.new, one.known)
        if written[1].new:
            for row in outcomes:
                self._metrics.outcome(row.outcome, (to_ms(now) - row.occurred_at) / 1000)

    def _count(self, dropped: Sequence[Dropped]) -> None:
        for code, number in Counter(str(one.code) for one in dropped).items():
            self._metrics.dropped(code, number)

    def _sort(self, letter: Letter, now: datetime) -> tuple[list[tuple[EventCall, int]], list[Dropped]]:
        """Events that can be stored, each with its time (ms), and those that cannot."""
        names, channel = self._source.current().names, self._usual_channel()
        events: dict[str, tuple[EventCall, int]] = {}
        dropped: list[Dropped] = []
        for raw in letter.events:
            age = 0
            try:
                event: EventCall = _EVENT.load(raw)
                age = _age(letter, event)
                code = TOO_OLD if age > OLDEST_MS else _wrong(names, letter, event, now)
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


def _wrong(names: Names, letter: Letter, event: EventCall, now: datetime) -> str | None:
    """Why an event of the right shape cannot be stored."""
    if event.type == "track":
        call = InteractionCall(touchpoint=event.touchpoint or "", channel=event.channel)
        problems = interaction_problems(names, call, now, "")
    elif not belongs_to(letter.visitor, event.decision_id or ""):
        return FOREIGN
    else:
        call_ = OutcomeCall(decision_id=event.decision_id or "", outcome=event.outcome or "")
        problems = outcome_problems(names, call_, now, "")
    return next((problem.code for problem in problems), None)


def _age(letter: Letter, event: EventCall) -> int:
    if event.at is None or letter.sent_at is None:
        return 0
    return max(0, letter.sent_at - event.at)


def _on(event: EventCall, channel: str | None) -> EventCall:
    return replace(event, channel=channel) if event.type == "track" and event.channel is None else event


def _id_of(raw: Any) -> str | None:
    found = raw.get("id") if isinstance(raw, dict) else None
    return found if isinstance(found, str) and len(found) <= 200 else None


def _interaction(letter: Letter, event: EventCall, at: int) -> InteractionRow:
    """``timed`` False: sent again, an event is as old as it is then, give or take the way."""
    return InteractionRow(
        interaction_id=f"web/{letter.visitor}/{event.id}",
        customer_id=letter.visitor,
        occurred_at=at,
        touchpoint=event.touchpoint or "",
        channel=event.channel,
        value=event.value,
        properties=event.properties,
        timed=False,
    )


def _outcome(event: EventCall, at: int) -> OutcomeRow:
    return OutcomeRow(
        outcome_id=f"{event.decision_id}/{event.outcome}",
        decision_id=event.decision_id or "",
        outcome=event.outcome or "",
        occurred_at=at,
        value=event.value,
        timed=False,
    )


def _add(write: Callable[[Any], Written], rows: Sequence[Any], key: str, dropped: list[Dropped]) -> Written:
    """Store rows; those whose id holds another content are dropped, and the rest is stored."""
    written = write(rows) if rows else Written(new=0, known=0)
    if not written.conflicts:
        return written
    dropped += [Dropped(taken, "IDEMPOTENCY_MISMATCH") for taken in written.conflicts]
    rest = [row for row in rows if getattr(row, key) not in set(written.conflicts)]
    return write(rest) if rest else Written(new=0, known=0)
