"""A decision of a run over tables, worked out again.

It is made from what the store knows of its moment. Such a decision came in by an import: its columns are
kept, and its context says of which run it is and what that run alone knew. Knows rows and both passes; stores
nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from models.domain.decision import DecisionRequest
from models.domain.history import from_ms
from models.policy.batch.capacity import for_all, scarce
from models.policy.batch.rows import RowWriter, RunContext, with_cuts
from models.policy.batch.second_pass import FirstDecision
from models.policy.engine import Engine
from models.policy.steps import run_steps
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.decide import Decisions
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.store.interface import RequestStore
from nba_service.store.rows import DecisionRow

_COLUMNS: Final = ("context", "action", "channel", "action_probability", "policy", "arm")


def replay_of_run(
    store: RequestStore, source: EngineSource, decisions: Decisions, row: DecisionRow, told: RunContext
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What is recorded of a decision, and what the same run would decide; equal if nothing changed.

    Raises:
        Problem: ``BUNDLE_GONE``; ``REPLAY_IMPOSSIBLE``: another decision comes out, and the profile or a
            consent was written since, of which only the newest state is kept.
    """
    serving = source.of_bundle(row.bundle or "", told.journey)
    call = DecisionCall(
        customer_id=row.customer_id,
        decision_id=row.decision_id,
        channels=told.channels,
        decided_at=from_ms(row.decided_at),
    )
    asked = decisions.asked_with(serving, call)
    recorded = {name: getattr(row, name) for name in _COLUMNS}
    recorded["candidates"] = json.loads(store.candidates(row) or "[]")
    replayed = _decided(serving.engine, _as_then(asked.request, told, row.decided_at), told)
    replayed["context"] = _same_text(recorded["context"], replayed["context"])
    if recorded != replayed and _written_since(store, row):
        raise Problem(
            "REPLAY_IMPOSSIBLE",
            "This decision of a run over tables comes out otherwise today, and the customer's profile was"
            " written since: what it was then is not kept, so it cannot be worked out again.",
        )
    return recorded, replayed


def _as_then(request: DecisionRequest, told: RunContext, instant: int) -> DecisionRequest:
    """Without what came later, and with what the run alone knew."""
    account = request.account
    if account is not None:
        before = [contact for contact in account.contacts if contact.at < instant]
        account = replace(account, contacts=(*before, *told.contacts(instant)))
    return replace(request, ahead=(), configured=told.configured, account=account)


def _decided(engine: Engine, request: DecisionRequest, told: RunContext) -> dict[str, Any]:
    """The columns of the decision that both passes make."""
    full = scarce(engine.journey)
    row = RowWriter(engine, told.run)(run_steps(engine, replace(request, rooms=for_all(full))))
    if told.cuts:
        first = FirstDecision.of(row, told.cuts)
        if first.missed > 0:
            first.settle(engine, run_steps(engine, replace(request, rooms=dict.fromkeys(full, 0))))
        row["context"] = with_cuts(row["context"], told.cuts)
    return {**{name: row[name] for name in _COLUMNS}, "candidates": json.loads(row["candidates"])}


def _same_text(recorded: Any, replayed: str) -> Any:
    """The recorded text, if it says the same."""
    return recorded if recorded and json.loads(recorded) == json.loads(replayed) else replayed


def _written_since(store: RequestStore, row: DecisionRow) -> bool:
    state = store.past(row.customer_id)
    told = [s for standing in state.consents.values() for s in (standing.granted, standing.refused) if s]
    written = [statement.arrived_at for statement in told]
    if state.customer is not None:
        written.append(state.customer.updated_at)
    return max(written, default=0) >= row.decided_at
