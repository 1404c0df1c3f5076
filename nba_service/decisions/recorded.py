"""Decisions that are stored.

Read, explained, and worked out again by the engine that made them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from models.domain.decision import DecisionRequest
from models.domain.history import from_ms
from models.policy.explain.explanation import Explanation
from nba_service.content.facts import FactBook
from nba_service.decisions import degraded
from nba_service.decisions.answers import Answer, explanation_answer
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.made import MadeDecision, StoredDecision
from nba_service.decisions.render import decide_and_render, explain_request
from nba_service.decisions.request_builder import decode_state
from nba_service.decisions.same_request import canonical_request, same_question
from nba_service.engine.serving import Serving
from nba_service.engine.source import EngineSource
from nba_service.errors import DecisionIdTakenError, Problem
from nba_service.http.json_body import dump_json
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.rows import DecisionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A stored decision, and what it was made from."""

    answer: Answer
    call: DecisionCall
    request: DecisionRequest
    serving: Serving


class RecordedDecisions:
    """Reads stored decisions and works them out again."""

    def __init__(
        self,
        *,
        store: ResilientStore,
        source: EngineSource,
        facts: FactBook,
        read_call: Callable[[object], DecisionCall],
    ) -> None:
        """``read_call``: the call that a stored request was, from its JSON value."""
        self._store = store
        self._source = source
        self._facts = facts
        self._read_call = read_call

    def get(self, decision_id: str) -> StoredDecision:
        """The stored answer, byte for byte.

        Raises:
            Problem: ``DECISION_UNKNOWN``, or ``REPLAY_IMPOSSIBLE`` where only columns are kept.
        """
        return self._answered(self._row(decision_id))

    def answer_again(self, row: DecisionRow, call: DecisionCall) -> StoredDecision:
        """What a call gets whose decision is stored already; explained if it asks for that."""
        stored = self._answered(row)
        if not call.explain:
            return stored
        return StoredDecision(stored.text, explanation_answer(self._explain(row)[1]))

    def explain(self, decision_id: str) -> tuple[Recorded, Explanation]:
        """A stored decision, and why it was made: explained once, by the engine that made it."""
        return self._explain(self._row(decision_id))

    def recompute(self, decision_id: str) -> MadeDecision:
        """A stored decision, worked out anew by the engine that made it."""
        return self._recompute(self._row(decision_id))[1]

    def replay(self, decision_id: str) -> dict[str, Any]:
        """Decide again from what was known then, and compare."""
        recorded, made = self._recompute(self._row(decision_id))
        replayed = orjson.loads(dump_json(made.answer))
        return {
            "identical": recorded.answer == as_of_then(recorded.answer, replayed),
            "recorded": recorded.answer,
            "replayed": replayed,
        }

    def engine_and_request_of(self, row: DecisionRow) -> tuple[Serving, DecisionRequest]:
        """The engine that made a stored decision, and the request with all that was known then.

        Raises:
            Problem: ``REPLAY_IMPOSSIBLE`` or ``BUNDLE_GONE``.
        """
        recorded = self._recorded(row)
        return recorded.serving, recorded.request

    def under_ids_of(self, calls: Sequence[DecisionCall]) -> dict[str, DecisionRow]:
        """The decisions that are stored already under the calls' ids, each asked for with the same request.

        Raises:
            Problem: ``IDEMPOTENCY_MISMATCH``.
        """
        requested: dict[str, str] = {}
        for call in calls:
            if call.decision_id is not None:
                request = canonical_request(call)
                if requested.setdefault(call.decision_id, request) != request:
                    raise DecisionIdTakenError(call.decision_id)
        rows = dict(self._store.decisions(list(requested))) if requested else {}
        self.check_same(rows, requested)
        return rows

    def check_same(self, rows: Mapping[str, DecisionRow], requested: Mapping[str, str]) -> None:
        """Refuse an id that is taken by another request; ``requested``: id → canonical request.

        Raises:
            Problem: ``IDEMPOTENCY_MISMATCH``.
        """
        for decision_id, row in rows.items():
            if not same_question(self._store, row.request, requested[decision_id]):
                raise DecisionIdTakenError(decision_id)

    def _row(self, decision_id: str) -> DecisionRow:
        row = self._store.decisions([decision_id]).get(decision_id)
        if row is None:
            raise Problem(
                "DECISION_UNKNOWN",
                f"Expected the id of a stored decision, got {decision_id[:200]!r}."
                " Decide first (POST /v1/decisions); decisions of erased customers have lost their ids.",
            )
        return row

    def _answered(self, row: DecisionRow) -> StoredDecision:
        if row.answer is None:
            raise Problem(
                "REPLAY_IMPOSSIBLE",
                "This decision was imported or erased: only its columns are kept, `nba export` has them.",
            )
        return StoredDecision(row.answer)

    def _explain(self, row: DecisionRow) -> tuple[Recorded, Explanation]:
        recorded = self._recorded(row)
        serving, explanation = explain_request(recorded.serving, recorded.request)
        return replace(recorded, serving=serving), explanation

    def _recompute(self, row: DecisionRow) -> tuple[Recorded, MadeDecision]:
        recorded = self._recorded(row)
        circumstances = degraded.circumstances(recorded.answer)
        made = decide_and_render(
            recorded.serving, recorded.call, recorded.request, self._facts, circumstances, keep_steps=True
        )
        return recorded, made

    def _recorded(self, row: DecisionRow) -> Recorded:
        if row.request is None or row.state is None or row.answer is None or row.bundle is None:
            raise Problem(
                "REPLAY_IMPOSSIBLE",
                "This decision was imported or erased: what was known then is not kept, so it cannot be"
                " worked out again.",
            )
        call = self._read_call(orjson.loads(row.request))
        request = decode_state(
            call, row.state, decision_id=row.decision_id, decided_at=from_ms(row.decided_at)
        )
        answer: Answer = orjson.loads(row.answer)
        serving = self._source.of_bundle(row.bundle, answer.get("journey"), row.updates)
        return Recorded(answer=answer, call=call, request=request, serving=serving)


def as_of_then(recorded: Any, now: Any) -> Any:
    """What was recorded, as it is now: a later version may say more, and what it says more is left out."""
    if isinstance(recorded, dict) and isinstance(now, dict) and recorded:
        return {name: as_of_then(recorded[name], now[name]) for name in recorded if name in now}
    if isinstance(recorded, list) and isinstance(now, list) and len(recorded) == len(now):
        return [as_of_then(then, each) for then, each in zip(recorded, now, strict=True)]
    return now
