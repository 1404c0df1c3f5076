"""Decisions made from what is stored, and stored before they are answered.

A decision that others were faster with is made anew from the state after them, for a bounded time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from models.domain.history import to_ms
from models.domain.past.details import EVERYTHING, detail_of
from models.policy.scoring.candidate_list import CandidateList
from models.policy.scoring.candidate_record import PackedCandidates
from nba_service.clock import Clock, IdMaker
from nba_service.content.facts import FactBook
from nba_service.decisions import degraded
from nba_service.decisions.accounts.choosing import choose_of_account
from nba_service.decisions.accounts.known import MOST_PEOPLE, account_of
from nba_service.decisions.attempt import Attempt
from nba_service.decisions.calls import DecisionCall, time_of
from nba_service.decisions.capacity import RemainingCapacity, remaining_capacity
from nba_service.decisions.configurations.deliverable import DeliverableConfigurations, DeliverableNow
from nba_service.decisions.configurations.wishes import Wishes
from nba_service.decisions.counts import DecisionCounts
from nba_service.decisions.made import (
    AnsweredDecision,
    MadeDecision,
    claim,
    decision_row,
)
from nba_service.decisions.recorded import RecordedDecisions
from nba_service.decisions.render import Asked, decide_and_render_all, decide_asked
from nba_service.decisions.request_builder import build_request
from nba_service.decisions.same_request import canonical_request
from nba_service.engine.serving import Serving
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.resilience.retry_until import retry_until
from nba_service.settings import Settings
from nba_service.store.rows import DecisionRow, StoredState
from nba_service.telemetry.tracing import Tracing

_EVERYTHING: Final = 2**31 - 1
"""Rows of a customer some of whose properties are read, and are not kept in the past."""


class DecisionMaker:
    """Makes decisions from what is stored; stores none."""

    def __init__(
        self,
        *,
        store: ResilientStore,
        clock: Clock,
        make_id: IdMaker,
        facts: FactBook,
        tracing: Tracing,
        recorded: RecordedDecisions,
    ) -> None:
        self._store = store
        self._clock = clock
        self._make_id = make_id
        self._facts = facts
        self._tracing = tracing
        self._recorded = recorded
        self.deliverable = DeliverableConfigurations(store)

    def make(self, serving: Serving, call: DecisionCall, *, keep_steps: bool = False) -> MadeDecision:
        """A decision from what is stored about the customer; it is not stored."""
        decided_at = time_of(call, self._clock)
        if call.account_id is not None:
            return self._make_for_account(serving, call, decided_at, keep_steps=keep_steps)
        with self._tracing.span("state"):
            state = self._store.past(call.customer_id)
        return self._make_from(state, serving, call, decided_at, keep_steps=keep_steps)

    def make_turn(
        self,
        serving: Sequence[Serving],
        calls: Sequence[DecisionCall],
        turn: Collection[int],
        stored: dict[str, DecisionRow],
    ) -> Mapping[int, MadeDecision | None]:
        """Decisions about different customers, by position of the call; None: its id is stored already."""
        new = [index for index in sorted(turn) if calls[index].decision_id not in stored]
        made: dict[int, MadeDecision | None] = dict.fromkeys(turn)
        if len(new) > 1 and not any(calls[index].account_id for index in new):
            return made | self._make_together(serving, calls, new)
        return made | {index: self.make_new(serving[index], calls[index], stored) for index in new}

    def _make_together(
        self, serving: Sequence[Serving], calls: Sequence[DecisionCall], new: Sequence[int]
    ) -> dict[int, MadeDecision]:
        """Decisions whose ids nobody has used, from states that are read together."""
        asked = self.asked_together([serving[index] for index in new], [calls[index] for index in new])
        with self._tracing.span("decide", decisions=len(new)):
            return dict(zip(new, decide_and_render_all(asked, self._facts), strict=True))

    def asked_together(self, serving: Sequence[Serving], calls: Sequence[DecisionCall]) -> list[Asked]:
        """Requests about different customers, from states that are read together."""
        with self._tracing.span("state", decisions=len(calls)):
            states = self._store.pasts([call.customer_id for call in calls])
        rooms = RemainingCapacity(self._store)
        deliverable = {id(one.journey): self.deliverable.now(one.journey) for one in serving}
        return [
            self._asked(
                states[call.customer_id],
                one,
                call,
                time_of(call, self._clock),
                rooms,
                deliverable[id(one.journey)],
            )
            for one, call in zip(serving, calls, strict=True)
        ]

    def make_new(
        self, serving: Serving, call: DecisionCall, known: dict[str, DecisionRow]
    ) -> MadeDecision | None:
        """The same, unless the id is stored already: then None, and the stored one is in ``known``."""
        if call.decision_id is None:
            return self.make(serving, call)
        if call.account_id is not None:
            known.update(self._recorded.under_ids_of([call]))
            return None if call.decision_id in known else self.make(serving, call)
        decided_at = time_of(call, self._clock)
        with self._tracing.span("state"):
            row_or_state = self._store.decision_or_past(call.decision_id, call.customer_id)
        if isinstance(row_or_state, StoredState):
            return self._make_from(row_or_state, serving, call, decided_at)
        self._recorded.check_same(
            {call.decision_id: row_or_state}, {call.decision_id: canonical_request(call)}
        )
        known[call.decision_id] = row_or_state
        return None

    def _make_from(
        self,
        state: StoredState,
        serving: Serving,
        call: DecisionCall,
        decided_at: datetime,
        *,
        keep_steps: bool = False,
    ) -> MadeDecision:
        deliverable = self.deliverable.now(serving.journey)
        asked = self._asked(state, serving, call, decided_at, RemainingCapacity(self._store), deliverable)
        with self._tracing.span("decide", bundle=serving.bundle_id):
            return decide_asked(asked, self._facts, keep_steps=keep_steps)

    def _asked(
        self,
        state: StoredState,
        serving: Serving,
        call: DecisionCall,
        decided_at: datetime,
        rooms: RemainingCapacity,
        deliverable: DeliverableNow,
    ) -> Asked:
        state, moment = self._complete(serving, call, decided_at, state), to_ms(decided_at)
        account = account_of(self._store, serving, state, moment) if serving.names.accounts else None
        request = build_request(
            serving.names,
            call,
            state,
            decision_id=call.decision_id or self._make_id(),
            decided_at=decided_at,
            rooms=rooms.of(serving.journey, moment),
            account=None if account is None else account.state_of(state),
        )
        configured = deliverable.of(request)
        if configured is not None:
            request = replace(request, configured=configured)
        others = () if account is None else account.others(state)
        reasons = degraded.of_copy(serving.copied)
        return Asked(serving, call, request, reasons, state.version, others, state.past)

    def _make_for_account(
        self, serving: Serving, call: DecisionCall, decided_at: datetime, *, keep_steps: bool
    ) -> MadeDecision:
        """A decision about one of an account's people."""
        with self._tracing.span("state"):
            stored = self._store.account(call.account_id or "", MOST_PEOPLE)
        with self._tracing.span("decide", bundle=serving.bundle_id):
            asked = choose_of_account(
                serving,
                call,
                stored,
                decision_id=call.decision_id or self._make_id(),
                decided_at=decided_at,
                rooms=remaining_capacity(self._store, serving.journey, to_ms(decided_at)),
                complete=lambda state: self._complete(serving, call, decided_at, state),
                deliverable=self.deliverable.now(serving.journey),
            )
            return decide_asked(asked, self._facts, keep_steps=keep_steps)

    def _complete(
        self, serving: Serving, call: DecisionCall, decided_at: datetime, state: StoredState
    ) -> StoredState:
        """The state with the properties of events that are read and not kept in the past."""
        if _lacks(state, call, serving.names.properties_read):
            person = state.person or call.customer_id
            return self._store.state(person, to_ms(decided_at), _EVERYTHING)
        return state


class DecisionsWithStore:
    """Has decisions made, and stores them before they are answered."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: ResilientStore,
        clock: Clock,
        make_id: IdMaker,
        facts: FactBook,
        tracing: Tracing,
        recorded: RecordedDecisions,
        counts: DecisionCounts,
    ) -> None:
        self._settings = settings
        self._store = store
        self._tracing = tracing
        self._recorded = recorded
        self._counts = counts
        self.maker = DecisionMaker(
            store=store, clock=clock, make_id=make_id, facts=facts, tracing=tracing, recorded=recorded
        )
        self._wishes = Wishes(store)
        self._layouts: set[str] = set()  # those that this process knows to be stored

    def decide(
        self,
        serving: Sequence[Serving],
        calls: Sequence[DecisionCall],
        attempt: Attempt,
        patience: float,
        accept: Callable[[MadeDecision], None] = lambda _: None,
    ) -> list[AnsweredDecision]:
        """The decisions in the order of ``calls``, all of them stored.

        Args:
            patience: for how many seconds they are made anew while others write about the same customer.
            accept: is shown each new one before it is stored; what it raises ends the call.

        Raises:
            Problem: an id is taken by another request.
            StoreError: the store failed; what is settled by then stands in ``attempt``.
        """
        stored, made = attempt.stored, attempt.made
        pending = list(range(len(calls)))
        for _ in retry_until(patience):
            if len(calls) > 1:
                stored.update(self._recorded.under_ids_of([calls[index] for index in pending]))
            turn = _first_of_each(calls, pending)
            for index, item in self.maker.make_turn(serving, calls, turn, stored).items():
                made[index] = item
            new = [item for i in turn if (item := made[i]) is not None]
            for item in new:
                accept(item)
            attempt.begin(turn)
            refused = self._store_all(new, stored)
            pending = [i for i in pending if i not in turn or _is_refused(made[i], refused)]
            attempt.settle(turn - set(pending))
            if not pending:
                break
        self._counts.count(calls, made, stored)
        return [self._answer(call, item, stored) for call, item in zip(calls, made, strict=True)]

    def _store_all(self, made: Sequence[MadeDecision], stored: dict[str, DecisionRow]) -> Collection[str]:
        """Store what was made; where another request was faster, its answer counts.

        Returns:
            The ids of those that have to be made anew.
        """
        unique = {item.request.decision_id: item for item in made}
        if not unique:
            return ()
        claims = {key: claim(item) for key, item in unique.items()}
        with self._tracing.span("store", decisions=len(unique)):
            rows = [decision_row(item, self._packed(item)) for item in unique.values()]
            written = self._store.add_decisions(rows, claims)
        if written.conflicts:
            taken = self._store.decisions(written.conflicts)
            self._recorded.check_same(taken, {key: canonical_request(unique[key].call) for key in taken})
            stored.update(taken)
        settled = {*unique} - {*written.conflicts} - {*written.refused}
        self._wishes.of_decisions(unique[key].request for key in settled)
        return written.refused

    def _packed(self, made: MadeDecision) -> PackedCandidates | None:
        """Its candidates as the store keeps them, which knows their layout by then."""
        candidates = made.decision.candidates
        if made.call.taken is not None or not isinstance(candidates, CandidateList):
            return None
        packed = candidates.packed()
        if packed.layout.name not in self._layouts:
            self._store.put_layout(packed.layout)
            self._layouts.add(packed.layout.name)
        return packed

    def _answer(
        self, call: DecisionCall, made: MadeDecision | None, stored: Mapping[str, DecisionRow]
    ) -> AnsweredDecision:
        row = stored.get(call.decision_id or "")
        if row is None and made is not None:
            return made.explain()
        if row is None:
            return self._recorded.get(call.decision_id or "")
        return self._recorded.answer_again(row, call)


def _lacks(state: StoredState, call: DecisionCall, read: frozenset[str]) -> bool:
    """Whether events have properties that are read, and of which a past keeps the names alone."""
    if state.past is None or not read:
        return False
    unkept = state.past.unkept.union(*(detail_of(each.properties).unkept for each in call.interactions))
    return bool(unkept & (read | EVERYTHING)) or (bool(unkept) and read >= EVERYTHING)


def _first_of_each(calls: Sequence[DecisionCall], pending: Sequence[int]) -> set[int]:
    """The first pending call of every customer or account: the next one has to see what came of it."""
    first: dict[tuple[str, str | None], int] = {}
    for index in pending:
        first.setdefault((calls[index].customer_id, calls[index].account_id), index)
    return set(first.values())


def _is_refused(made: MadeDecision | None, refused: Collection[str]) -> bool:
    return made is not None and made.request.decision_id in refused
