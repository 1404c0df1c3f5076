"""A decision from end to end: state → ``decide`` → content → store → answer.

The one way to decide: HTTP, batch and the command line call it, so they cannot answer differently. What is
answered was stored first. The steps are modules of their own: ``render`` makes, ``made`` becomes a row,
``recorded`` answers again, ``without_store`` goes on when the store does not answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from models.domain.history import to_ms
from nba_service.clock import Clock, IdMaker
from nba_service.content.facts import FactBook
from nba_service.content.fallbacks import ContentFallbacks
from nba_service.decisions import degraded
from nba_service.decisions.attempt import Attempt
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.capacity import remaining_capacity
from nba_service.decisions.checks import decision_problems, latest_time
from nba_service.decisions.degraded import Degraded
from nba_service.decisions.made import (
    AnsweredDecision,
    MadeDecision,
    claim,
    contacts,
    decision_row,
)
from nba_service.decisions.recorded import RecordedDecisions
from nba_service.decisions.render import decide_and_render
from nba_service.decisions.request_builder import build_request
from nba_service.decisions.retry import retry_until
from nba_service.decisions.same_request import canonical_request
from nba_service.decisions.without_store import DecisionsWithoutStore
from nba_service.engine.serving import Serving
from nba_service.engine.shadow import Shadow
from nba_service.engine.source import EngineSource
from nba_service.errors import FieldProblem, StoreError, problem_of_fields
from nba_service.process.arrival import waited_seconds
from nba_service.resilience.errors import StoreCatchingUpError
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.store.rows import DecisionRow, StoredState
from nba_service.telemetry.rule_failures import RuleFailures
from nba_service.telemetry.telemetry import Telemetry

_CATCH_UP_SHARE: Final = 0.4
"""How much of its time a request waits for a journal that is nearly replayed."""


class Decisions:
    """Makes and stores decisions."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: ResilientStore,
        source: EngineSource,
        clock: Clock,
        make_id: IdMaker,
        facts: FactBook,
        telemetry: Telemetry,
        read_call: Callable[[object], DecisionCall],
    ) -> None:
        """``facts``: what texts say about a customer beyond attributes; ``read_call``: of stored JSON."""
        self._settings = settings
        self._store = store
        self._source = source
        self._clock = clock
        self._make_id = make_id
        self._telemetry = telemetry
        self.facts = facts
        self.recorded = RecordedDecisions(store=store, source=source, facts=facts, read_call=read_call)
        self.rule_failures = RuleFailures()
        self.shadow = Shadow(source.shadow)
        self.content_fallbacks = ContentFallbacks()
        self._without_store = DecisionsWithoutStore(
            store=store, facts=facts, make_id=make_id, moment=self._moment
        )

    def decide(
        self,
        calls: Sequence[DecisionCall],
        *,
        batch: bool = False,
        seconds: float | None = None,
        deadline: float | None = None,
    ) -> list[AnsweredDecision]:
        """Decide and store; the decisions in the order of ``calls``.

        A ``decision_id`` that is stored already gives its stored answer. A decision is stored only if
        nothing was written about the person since their state was read, and if scarce channels have room;
        else it is made anew. So contact limits and capacities hold exactly, whatever else decides, and the
        decisions of one batch about one person see each other.

        If the store does not do its part in time, what is not settled is decided from the calls alone
        (``Certainty``), marked, and kept in the journal.

        Args:
            seconds: what the caller asks for; counts if it is less than ``deadline`` for so many calls.
            deadline: seconds for one call; None: the web's.

        Raises:
            Problem: a name or time that cannot be, or an id that is taken by another request.
        """
        begun = time.monotonic() - waited_seconds()
        serving = [self._source.deciding(call.customer_id) for call in calls]
        self._check(serving, calls, batch)
        most = self._seconds(len(calls), deadline)
        seconds = most if seconds is None else min(seconds, most)
        attempt: Attempt[MadeDecision, DecisionRow] = Attempt(len(calls))
        try:
            if not self._store.usable(seconds * _CATCH_UP_SHARE):
                raise _not_usable(self._store)
            left = begun + seconds - time.monotonic()
            return self._store.ask(lambda: self._decide(serving, calls, attempt), left)
        except StoreError as error:
            finished = self._without_store.finish(serving, calls, attempt, degraded.reason_of(error))
            self._count(calls, finished.made, attempt.stored)
            if not finished.recorded:
                self._telemetry.metrics.degraded(Degraded.NOT_RECORDED.value, len(calls))
            return list(finished.answers)

    def hypothetical(self, call: DecisionCall) -> MadeDecision:
        """A decision that is made and not stored or counted."""
        serving = self._source.deciding(call.customer_id)
        self._check([serving], [call], batch=False)
        return self._make(serving, call)

    def what_if(self, call: DecisionCall) -> AnsweredDecision:
        """As ``decide``, but nothing is stored or counted; a stored decision is answered as it was."""
        stored = self.recorded.under_ids_of([call])
        if stored:
            return self.recorded.answer_again(stored[call.decision_id or ""], call)
        return self.hypothetical(call).explain()

    def _seconds(self, number: int, deadline: float | None) -> float:
        """The deadline for so many calls."""
        one = self._settings.web_deadline_ms / 1000 if deadline is None else deadline
        return min(number * one, self._settings.request_timeout_seconds / 2)

    def _decide(
        self,
        serving: Sequence[Serving],
        calls: Sequence[DecisionCall],
        attempt: Attempt[MadeDecision, DecisionRow],
    ) -> list[AnsweredDecision]:
        stored, made = attempt.stored, attempt.made
        pending = list(range(len(calls)))
        for _ in retry_until(self._settings.database_timeout_ms):
            if len(calls) > 1:
                stored.update(self.recorded.under_ids_of([calls[index] for index in pending]))
            turn = _first_of_each(calls, pending)
            for index in turn:
                known = calls[index].decision_id in stored
                made[index] = None if known else self._make_new(serving[index], calls[index], stored)
            attempt.begin(turn)
            refused = self._store_all([item for i in turn if (item := made[i]) is not None], stored)
            pending = [i for i in pending if i not in turn or _is_refused(made[i], refused)]
            attempt.settle(turn - set(pending))
            if not pending:
                break
        self._count(calls, made, stored)
        return [self._answer(call, item, stored) for call, item in zip(calls, made, strict=True)]

    def _answer(
        self, call: DecisionCall, made: MadeDecision | None, stored: Mapping[str, DecisionRow]
    ) -> AnsweredDecision:
        row = stored.get(call.decision_id or "")
        if row is None and made is not None:
            return made.explain()
        if row is None:
            return self.recorded.get(call.decision_id or "")
        return self.recorded.answer_again(row, call)

    def _count(
        self,
        calls: Sequence[DecisionCall],
        made: Sequence[MadeDecision | None],
        stored: Mapping[str, DecisionRow],
    ) -> None:
        """Count what is new; name all in the log."""
        self.rule_failures.add(
            code for item in made if item is not None for code in item.decision.rule_failures
        )
        self.content_fallbacks.add(
            action for item in made if item is not None for action in item.answer["actions"]
        )
        new = [item for item in made if item is not None and item.request.decision_id not in stored]
        self._telemetry.decided([(item.serving.engine, item.request, item.decision) for item in new])
        self._telemetry.answered(item.answer for item in new)
        self.shadow.offer((item.request, item.decision) for item in new)
        known = [(i, call.customer_id) for call in calls if (i := call.decision_id or "") in stored]
        self._telemetry.name(known)

    def _check(self, serving: Sequence[Serving], calls: Sequence[DecisionCall], batch: bool) -> None:
        latest = latest_time(self._clock(), self._settings.clock_skew_seconds)
        problems: list[FieldProblem] = []
        for index, call in enumerate(calls):
            path = f"decisions[{index}]." if batch else ""
            problems += decision_problems(serving[index].names, call, latest, path)
        if problems:
            raise problem_of_fields(problems)

    def _make(self, serving: Serving, call: DecisionCall) -> MadeDecision:
        """A decision from what is stored about the customer."""
        decided_at = self._moment(call)
        with self._telemetry.tracing.span("state"):
            state = self._store.state(call.customer_id, to_ms(decided_at), self._settings.history_limit)
        return self._make_from(state, serving, call, decided_at)

    def _make_new(
        self, serving: Serving, call: DecisionCall, known: dict[str, DecisionRow]
    ) -> MadeDecision | None:
        """The same, unless the id is stored already: then None, and the stored one is in ``known``."""
        if call.decision_id is None:
            return self._make(serving, call)
        decided_at = self._moment(call)
        with self._telemetry.tracing.span("state"):
            row_or_state = self._store.decision_or_state(
                call.decision_id, call.customer_id, to_ms(decided_at), self._settings.history_limit
            )
        if isinstance(row_or_state, StoredState):
            return self._make_from(row_or_state, serving, call, decided_at)
        self.recorded.check_same(
            {call.decision_id: row_or_state}, {call.decision_id: canonical_request(call)}
        )
        known[call.decision_id] = row_or_state
        return None

    def _make_from(
        self, state: StoredState, serving: Serving, call: DecisionCall, decided_at: datetime
    ) -> MadeDecision:
        request = build_request(
            serving.names,
            call,
            state,
            decision_id=call.decision_id or self._make_id(),
            decided_at=decided_at,
            rooms=remaining_capacity(self._store, serving.journey, to_ms(decided_at)),
        )
        with self._telemetry.tracing.span("decide", bundle=serving.bundle_id):
            reasons = degraded.of_copy(serving.copied)
            return decide_and_render(serving, call, request, self.facts, reasons, version=state.version)

    def _store_all(self, made: Sequence[MadeDecision], stored: dict[str, DecisionRow]) -> Collection[str]:
        """Store what was made; where another request was faster, its answer counts.

        Returns:
            The ids of those that have to be made anew.
        """
        unique = {item.request.decision_id: item for item in made}
        if not unique:
            return ()
        claims = {key: claim(item) for key, item in unique.items() if contacts(item)}
        with self._telemetry.tracing.span("store", decisions=len(unique)):
            written = self._store.add_decisions([decision_row(item) for item in unique.values()], claims)
        if written.conflicts:
            taken = self._store.decisions(written.conflicts)
            self.recorded.check_same(taken, {key: canonical_request(unique[key].call) for key in taken})
            stored.update(taken)
        return written.refused

    def _moment(self, call: DecisionCall) -> datetime:
        return _whole_ms(call.decided_at or self._clock())


def _not_usable(store: ResilientStore) -> StoreError:
    if store.breaker.closed:
        return StoreCatchingUpError("The journal is being replayed.")
    return StoreError("The store does not answer.")


def _first_of_each(calls: Sequence[DecisionCall], pending: Sequence[int]) -> set[int]:
    """The first pending call of every customer: the next one has to see what came of it."""
    first: dict[str, int] = {}
    for index in pending:
        first.setdefault(calls[index].customer_id, index)
    return set(first.values())


def _is_refused(made: MadeDecision | None, refused: Collection[str]) -> bool:
    return made is not None and made.request.decision_id in refused


def _whole_ms(moment: datetime) -> datetime:
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
