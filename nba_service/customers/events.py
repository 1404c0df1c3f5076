"""Interactions and outcomes on their way into the store.

Each under an id that makes repeats harmless. Without an id of the caller's the content is the id, so a
repeated delivery counts once; two events that are equal in every field, time included, are one. An outcome of
an unknown decision is kept and joined when the decision arrives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from models.domain.history import DAY_MS, to_ms
from nba_service.customers.consents import withdrawing
from nba_service.decisions.calls import InteractionCall, OutcomeCall
from nba_service.decisions.checks import interaction_problems, latest_time, outcome_problems
from nba_service.engine.source import EngineSource
from nba_service.errors import FieldProblem, StoreError, problem_of_fields
from nba_service.http.json_body import canonical_json, plain_numbers
from nba_service.settings import Settings
from nba_service.store.interface import RequestStore
from nba_service.store.rows import LAST_DELIVERED, InteractionRow, OutcomeRow, Written
from nba_service.store.writes.attribution import NOBODY
from nba_service.telemetry.metrics import Metrics

Event = TypeVar("Event", InteractionRow, OutcomeRow)

_LATER: Final = ("customer_id", "action", "channel", "properties")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of a list of events.

    ``pending``: decisions that are not known yet; ``unattributed``: outcomes that name no decision and fit
    none yet.
    """

    new: int
    known: int
    ids: tuple[str, ...]
    pending: tuple[str, ...] = ()
    unattributed: tuple[str, ...] = ()


class Events:
    """Stores what happened."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: RequestStore,
        source: EngineSource,
        clock: Callable[[], datetime],
        id_maker: Callable[[], str],
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._store = store
        self._source = source
        self._clock = clock
        self._id_maker = id_maker
        self._metrics = metrics

    def add_interactions(self, calls: Sequence[InteractionCall]) -> Accepted:
        """Store interactions.

        Raises:
            Problem: an unknown channel, action or phase, a time in the future, or an id that holds
                another content (then none is stored).
        """
        now = self._clock()
        self._check(calls, interaction_problems, "interactions", now)
        rows = self._withdrawing([self._interaction_row(call, now) for call in calls], now)
        ids = tuple(row.interaction_id for row in rows)
        accepted = _accepted(self._store.add_interactions(rows), "interactions", "interaction_id", ids)
        self._metrics.events_received("interaction", accepted.new, accepted.known)
        return accepted

    def add_outcomes(self, calls: Sequence[OutcomeCall], *, timed: bool = True) -> Accepted:
        """Store outcomes, of unknown decisions too; raises as ``add_interactions``.

        ``timed`` False: the times are by a sender's clock, so that a repeat with another one is no conflict.
        """
        now = self._clock()
        self._check(calls, outcome_problems, "outcomes", now)
        rows = self._withdrawing([self._outcome_row(call, now, timed) for call in calls], now)
        decision_ids = list(dict.fromkeys(row.decision_id for row in rows if row.decision_id))
        loose = [row.outcome_id for row in rows if not row.decision_id]
        ids = tuple(row.outcome_id for row in rows)
        accepted = _accepted(self._store.add_outcomes(rows), "outcomes", "outcome_id", ids)
        known = self._known(decision_ids)
        pending = tuple(decision_id for decision_id in decision_ids if decision_id not in known)
        lost = self._lost(loose) if loose else frozenset()
        self._metrics.events_received("outcome", accepted.new, accepted.known, len(pending) + len(lost))
        if accepted.new:  # those that were known already were counted when they came first
            for row in rows:
                self._metrics.outcome(row.outcome, (to_ms(now) - row.occurred_at) / 1000)
        return replace(accepted, pending=pending, unattributed=tuple(o for o in loose if o in lost))

    def _withdrawing(self, rows: Sequence[Event], now: datetime) -> list[Event]:
        return withdrawing(self._source.current().names, rows, to_ms(now))

    def _known(self, decision_ids: Sequence[str]) -> frozenset[str]:
        """Which of them are stored; without the store, none that anybody knew of."""
        try:
            return self._store.known_decisions(decision_ids)
        except StoreError:
            return frozenset()

    def _lost(self, outcome_ids: Sequence[str]) -> frozenset[str]:
        """Which of them belong to no decision yet; without the store, all."""
        try:
            return self._store.unattributed(outcome_ids)
        except StoreError:
            return frozenset(outcome_ids)

    def _check(self, calls: Sequence[Any], problems_of: Any, name: str, now: datetime) -> None:
        names = self._source.current().names
        latest = latest_time(now, self._settings.clock_skew_seconds)
        problems: list[FieldProblem] = []
        for index, call in enumerate(calls):
            problems += problems_of(names, call, latest, f"{name}[{index}].")
        if problems:
            raise problem_of_fields(problems)

    def _interaction_row(self, call: InteractionCall, now: datetime) -> InteractionRow:
        own_id = self._id_maker() if call.occurred_at is None else content_id(call)
        return InteractionRow(
            interaction_id=call.interaction_id or own_id,
            customer_id=call.customer_id,
            occurred_at=to_ms(call.occurred_at or now),
            touchpoint=call.touchpoint,
            channel=call.channel,
            action=call.action,
            phase=call.phase,
            value=call.value,
            properties=call.properties,
            timed=call.occurred_at is not None,
        )

    def _outcome_row(self, call: OutcomeCall, now: datetime, timed: bool) -> OutcomeRow:
        known = call.decision_id is not None
        window_days = 0.0 if known else self._source.current().journey.response_window(call.action or "")
        return OutcomeRow(
            outcome_id=call.outcome_id or content_id(call),
            decision_id=call.decision_id or NOBODY,
            outcome=call.outcome,
            occurred_at=to_ms(call.occurred_at or now),
            value=call.value,
            timed=timed and call.occurred_at is not None,
            customer_id=call.customer_id,
            action=call.action,
            channel=call.channel,
            window_ms=None if known else round(window_days * DAY_MS),
            attribution=None if known else LAST_DELIVERED,
            properties=call.properties,
        )


def content_id(call: InteractionCall | OutcomeCall) -> str:
    """An id that is the same for the same content; a property ``1.0`` is the same as ``1``."""
    content = {**asdict(call), "properties": plain_numbers(call.properties)}
    if isinstance(call, OutcomeCall):  # what came later must not change the ids of what has long been told
        content = {name: value for name, value in content.items() if value or name not in _LATER}
    return "auto-" + hashlib.sha256(canonical_json(content).encode()).hexdigest()[:32]


def _accepted(written: Written, name: str, field: str, ids: tuple[str, ...]) -> Accepted:
    if written.conflicts:
        problems = [
            FieldProblem(
                field=f"{name}[{ids.index(taken)}].{field}",
                code="IDEMPOTENCY_MISMATCH",
                detail=f"expected the content that {taken!r} was first sent with, got another one."
                " Use a new id for a new event.",
            )
            for taken in written.conflicts
        ]
        raise problem_of_fields(problems)
    return Accepted(new=written.new, known=written.known, ids=ids)
