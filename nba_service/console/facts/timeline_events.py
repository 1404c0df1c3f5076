"""A customer's past as the timeline draws it.

Phases, what they did, what we did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from models.domain.history import build_history, from_ms, to_ms
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey, Sentiment
from models.domain.phases import PhaseMachine
from nba_service.store.rows import Event

MOST_DAYS = 540
_KINDS: Final = {"interaction": Kind.TOUCHPOINT, "decision": Kind.CONTACT, "outcome": Kind.OUTCOME}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A phase, by its position, from one moment to another."""

    phase: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvent:
    """What a customer did. ``moved``: it led to another phase."""

    at: datetime
    name: str
    moved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What we decided.

    ``opens``: its request and answer are kept, so it can be explained.
    """

    at: datetime
    action: str
    channel: str | None
    decision_id: str
    refused: bool = False
    opens: bool = False


def interactions_of(events: Iterable[Event]) -> list[Interaction]:
    """What is stored of somebody, as the core reads it."""
    return [
        Interaction(
            occurred_at=from_ms(event.occurred_at),
            kind=_KINDS[event.source],
            channel=event.channel,
            touchpoint=event.name,
            action=event.action,
            phase=event.phase,
            value=event.value or 0.0,
            properties=event.properties or {},
        )
        for event in events
    ]


def stays(journey: Journey, interactions: Sequence[Interaction], now: datetime) -> list[Stay]:
    """Every phase of a customer in turn; the last one until ``now``. Empty without a past."""
    past = sorted((one for one in interactions if one.occurred_at < now), key=lambda one: one.occurred_at)
    if not past:
        return []
    machine = PhaseMachine(journey)
    history = build_history(journey, [past])
    entries = machine.trace(history).entries()
    instants, phases = entries.instant.tolist(), entries.phase.tolist()
    moves = [(from_ms(int(at)), int(phase)) for at, phase in zip(instants, phases, strict=True)]
    last = machine.states_of_one(history, history.n_events, to_ms(now))
    if (ends := int(last.phase[0])) != (moves[-1][1] if moves else 0):
        moves.append((from_ms(int(last.since[0])), ends))
    starts = [(past[0].occurred_at, 0), *moves]
    bounds = [at for at, _ in starts[1:]] + [now]
    found = [
        Stay(phase=phase, start=at, end=end)
        for (at, phase), end in zip(starts, bounds, strict=True)
        if end > at
    ]
    return found


def own_events(
    journey: Journey, interactions: Sequence[Interaction], moves: Sequence[Stay]
) -> list[OwnEvent]:
    """What the customer did, the oldest first."""
    starts = {to_ms(stay.start) for stay in moves[1:]}
    contacts = journey.contact_touchpoints
    return [
        OwnEvent(at=one.occurred_at, name=one.touchpoint, moved=to_ms(one.occurred_at) in starts)
        for one in sorted(interactions, key=lambda each: each.occurred_at)
        if one.kind is not Kind.CONTACT and one.touchpoint not in contacts and not _is_silence(journey, one)
    ]


def contacts(
    journey: Journey, decisions: Sequence[Mapping[str, object]], outcomes: Sequence[Mapping[str, object]]
) -> list[Contact]:
    """Our decisions, the oldest first; those that chose nothing included."""
    negative = {one.name for one in journey.outcomes if one.sentiment is Sentiment.NEGATIVE}
    refused = {str(one["decision_id"]) for one in outcomes if one["outcome"] in negative}
    found = [
        Contact(
            at=datetime.fromtimestamp(int(str(row["decided_at"])) / 1000, UTC),
            action=str(row["action"]),
            channel=None if row["channel"] is None else str(row["channel"]),
            decision_id=str(row["decision_id"]),
            refused=str(row["decision_id"]) in refused,
            opens=row["answer"] is not None,
        )
        for row in decisions
    ]
    return sorted(found, key=lambda one: one.at)


def month_starts(start: datetime, end: datetime) -> Iterator[datetime]:
    """The first moments of the months between two moments, UTC."""
    year, month = start.year, start.month
    while True:
        month += 1
        if month > 12:
            year, month = year + 1, 1
        at = datetime(year, month, 1, tzinfo=UTC)
        if at >= end:
            return
        yield at


def _is_silence(journey: Journey, one: Interaction) -> bool:
    return one.kind is Kind.OUTCOME and one.touchpoint == journey.default_outcome
