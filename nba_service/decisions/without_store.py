"""Decisions that are made while the store does not answer.

From the calls alone, and kept in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog

from models.domain.configurations import Configured
from nba_service.clock import Clock, IdMaker
from nba_service.content.facts import FactBook
from nba_service.decisions import degraded
from nba_service.decisions.attempt import Attempt
from nba_service.decisions.calls import DecisionCall, time_of
from nba_service.decisions.counts import DecisionCounts
from nba_service.decisions.degraded import Degraded
from nba_service.decisions.made import AnsweredDecision, MadeDecision, decision_row
from nba_service.decisions.render import decide_and_render
from nba_service.decisions.request_builder import build_request
from nba_service.engine.serving import Serving
from nba_service.errors import StoreError
from nba_service.resilience.errors import JournalError
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.rows import Claim, DecisionRow, StoredState

log: Final = structlog.get_logger(__name__)


class DecisionsWithoutStore:
    """Finishes an attempt that was given up."""

    def __init__(
        self,
        *,
        store: ResilientStore,
        clock: Clock,
        make_id: IdMaker,
        facts: FactBook,
        counts: DecisionCounts,
    ) -> None:
        self._store = store
        self._clock = clock
        self._make_id = make_id
        self._facts = facts
        self._counts = counts

    def finish(
        self,
        serving: Sequence[Serving],
        calls: Sequence[DecisionCall],
        attempt: Attempt,
        reason: Degraded,
    ) -> list[AnsweredDecision]:
        """What is settled as it is; the rest decided from the calls alone, and kept in the journal."""
        settled, storing = attempt.give_up()
        finished: list[MadeDecision] = []
        answers: list[MadeDecision] = []
        journalled: dict[bool, list[DecisionRow]] = {False: [], True: []}
        for index, call in enumerate(calls):
            made = attempt.made[index]
            if index in settled and made is not None and call.decision_id not in attempt.stored:
                answers.append(_marked(made, Degraded.TOO_LATE) if call.explain else made)
            else:
                made = self._make(serving[index], call, reason)
                answers.append(made)
                journalled[index in storing].append(decision_row(made))
            finished.append(made)
        recorded = self._record(journalled, busy=reason is Degraded.CUSTOMER_BUSY)
        self._counts.count(calls, finished, attempt.stored)
        if not recorded:
            self._counts.not_recorded(len(calls))
            answers = [_marked(made, Degraded.NOT_RECORDED) for made in answers]
        return list(answers)

    def _make(self, serving: Serving, call: DecisionCall, reason: Degraded) -> MadeDecision:
        """A decision from what the caller sent, with nothing that something stored could forbid."""
        request = build_request(
            serving.names,
            call,
            StoredState(customer=None, events=(), person=call.customer_id),
            decision_id=call.decision_id or self._make_id(),
            decided_at=time_of(call, self._clock),
        )
        withheld = serving.certainty.withheld(request)
        configured: dict[str, Configured] | None = (
            {} if serving.journey.configurators else None
        )  # what can be delivered is stored
        reasons = (*degraded.of_copy(serving.copied), reason)
        return decide_and_render(
            serving, call, replace(request, withheld=withheld, configured=configured), self._facts, reasons
        )

    def _record(self, rows: Mapping[bool, Sequence[DecisionRow]], *, busy: bool) -> bool:
        """Whether they are kept; by whether an attempt to store other answers may still succeed.

        ``busy``: the store is well, and only the customer is busy.
        """
        try:
            for correct, some in rows.items():
                if some and not (busy and self._stored(some, correct)):
                    self._store.journal_decisions(some, correct=correct)
        except JournalError as error:
            log.error("decisions_not_recorded", code=error.code, detail=str(error))
            return False
        return True

    def _stored(self, rows: Sequence[DecisionRow], correct: bool) -> bool:
        """Whether the store has them now, whatever it holds of the customer.

        In the journal they would hold up decisions about everybody else.
        """
        plain = self._store.plain
        claims = {row.decision_id: Claim() for row in rows}

        def write() -> None:
            if correct:
                plain.correct_decisions(rows)
            else:
                plain.add_decisions(rows, claims)

        try:
            self._store.ask_aside(write)
        except StoreError:
            return False
        return True


def _marked(made: MadeDecision, reason: Degraded) -> MadeDecision:
    return replace(made, answer=degraded.mark(made.answer, reason))
