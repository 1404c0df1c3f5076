"""Makes and stores decisions, from call to answer.

State → ``decide`` → content → store → answer. The one way to decide: HTTP, batch and the command line call
it, so they cannot answer differently. What is answered was stored first. ``with_store`` decides and stores;
``without_store`` goes on when the store does not answer; ``recorded`` answers what was decided before;
``counts`` counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Final

from models.policy.batch.garbage import rare_collections
from nba_service.clock import Clock, IdMaker
from nba_service.content.facts import FactBook
from nba_service.decisions import degraded
from nba_service.decisions.attempt import Attempt
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.checks import decision_problems, latest_time
from nba_service.decisions.counts import DecisionCounts
from nba_service.decisions.made import AnsweredDecision, MadeDecision
from nba_service.decisions.recorded import RecordedDecisions
from nba_service.decisions.render import Asked
from nba_service.decisions.with_store import DecisionsWithStore
from nba_service.decisions.without_store import DecisionsWithoutStore
from nba_service.engine.serving import Serving
from nba_service.engine.source import EngineSource
from nba_service.errors import FieldProblem, StoreError, StoreRefusalError, problem_of_fields
from nba_service.process.arrival import waited_seconds
from nba_service.resilience.errors import StoreCatchingUpError
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.telemetry.telemetry import Telemetry

_MANY: Final = 100
"""Calls from which Python looks for garbage less often."""
_RETRY_SHARE: Final = 0.7
"""How much of its time a request makes decisions anew because others write about the same customer."""
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
        self.facts = facts
        self.counts = DecisionCounts(telemetry, source)
        self.recorded = RecordedDecisions(store=store, source=source, facts=facts, read_call=read_call)
        self._with_store = DecisionsWithStore(
            settings=settings,
            store=store,
            clock=clock,
            make_id=make_id,
            facts=facts,
            tracing=telemetry.tracing,
            recorded=self.recorded,
            counts=self.counts,
        )
        self._without_store = DecisionsWithoutStore(
            store=store, clock=clock, make_id=make_id, facts=facts, counts=self.counts
        )

    def decide(
        self,
        calls: Sequence[DecisionCall],
        *,
        batch: bool = False,
        seconds: float | None = None,
        deadline: float | None = None,
        accept: Callable[[MadeDecision], None] = lambda _: None,
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
            accept: is shown each new decision before it is stored; what it raises ends the call.

        Raises:
            Problem: a name or time that cannot be, or an id that is taken by another request.
        """
        begun = time.monotonic() - waited_seconds()
        serving = [self._source.deciding(call.customer_id or call.account_id or "") for call in calls]
        self._check(serving, calls, batch)
        most = self._seconds(len(calls), deadline)
        seconds = most if seconds is None else min(seconds, most)
        attempt = Attempt(len(calls))
        try:
            if not self._store.usable(seconds * _CATCH_UP_SHARE):
                raise _not_usable(self._store)
            left = begun + seconds - time.monotonic()
            patience = min(left * _RETRY_SHARE, self._settings.database_timeout_ms / 1000)
            about = {call.customer_id or call.account_id or "" for call in calls}
            decide = partial(self._with_store.decide, serving, calls, attempt, patience, accept)
            with rare_collections() if len(calls) >= _MANY else nullcontext():
                return self._store.ask(decide, left, about)
        except StoreRefusalError:
            raise
        except StoreError as error:
            if any(call.account_id is not None for call in calls):
                raise  # who is in an account is stored alone
            return self._without_store.finish(serving, calls, attempt, degraded.reason_of(error))

    def hypothetical(self, call: DecisionCall, *, keep_steps: bool = False) -> MadeDecision:
        """A decision that is made and not stored or counted. ``keep_steps``: it will be explained."""
        serving = self._source.deciding(call.customer_id or call.account_id or "")
        self._check([serving], [call], batch=False)
        return self._with_store.maker.make(serving, call, keep_steps=keep_steps)

    def asked_together(self, calls: Sequence[DecisionCall]) -> list[Asked]:
        """Requests about different customers, ready to be decided; nothing is decided or stored."""
        serving = [self._source.deciding(call.customer_id) for call in calls]
        self._check(serving, calls, batch=True)
        return self._with_store.maker.asked_together(serving, calls)

    def asked_with(self, serving: Serving, call: DecisionCall) -> Asked:
        """One request, ready to be decided by an engine of the past; nothing is decided or stored."""
        return self._with_store.maker.asked_together([serving], [call])[0]

    def what_if(self, call: DecisionCall) -> AnsweredDecision:
        """As ``decide``, but nothing is stored or counted; a stored decision is answered as it was."""
        stored = self.recorded.under_ids_of([call])
        if stored:
            return self.recorded.answer_again(stored[call.decision_id or ""], call)
        return self.hypothetical(call).explain()

    def _seconds(self, number: int, deadline: float | None) -> float:
        """The deadline for so many calls."""
        per_call = self._settings.web_deadline_ms / 1000 if deadline is None else deadline
        return min(number * per_call, self._settings.request_timeout_seconds / 2)

    def _check(self, serving: Sequence[Serving], calls: Sequence[DecisionCall], batch: bool) -> None:
        latest = latest_time(self._clock(), self._settings.clock_skew_seconds)
        problems: list[FieldProblem] = []
        for index, call in enumerate(calls):
            path = f"decisions[{index}]." if batch else ""
            problems += decision_problems(serving[index].names, call, latest, path)
        if problems:
            raise problem_of_fields(problems)


def _not_usable(store: ResilientStore) -> StoreError:
    if store.breaker.closed:
        return StoreCatchingUpError("The journal is being replayed.")
    return StoreError("The store does not answer.")
