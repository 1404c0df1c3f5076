"""Decisions of a batch, each by itself.

One that cannot be made is named and stops no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.errors import NBAError
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.decide import Decisions
from nba_service.decisions.made import AnsweredDecision
from nba_service.decisions.same_request import canonical_request
from nba_service.errors import KINDS, DecisionIdTakenError, FieldProblem, problem_of_fields


def decide_batch(
    decisions: Decisions, calls: Sequence[DecisionCall], seconds: float | None
) -> list[AnsweredDecision]:
    """Decide and store all, in order.

    Raises:
        Problem: some cannot be decided; its errors name each of them (``decisions[1].phase``).
    """
    if repeated := list(_repeated(calls)):
        raise problem_of_fields(repeated)
    try:
        return decisions.decide(calls, batch=True, seconds=seconds)
    except DecisionIdTakenError as taken:
        wrong = [i for i, call in enumerate(calls) if call.decision_id == taken.decision_id]
        raise problem_of_fields([_taken(i, str(taken)) for i in wrong]) from None
    except NBAError as error:
        if not _is_of_one_call(error):
            raise
        refused = list(_undecidable(decisions, calls))
        if not refused:
            raise
        raise problem_of_fields(refused) from None


def _repeated(calls: Sequence[DecisionCall]) -> Iterator[FieldProblem]:
    """Calls under the id of an earlier one of the batch that asks something else."""
    first: dict[str, str] = {}
    for index, call in enumerate(calls):
        if call.decision_id is not None:
            question = canonical_request(call)
            if first.setdefault(call.decision_id, question) != question:
                yield _taken(index, str(DecisionIdTakenError(call.decision_id)))


def _taken(index: int, detail: str) -> FieldProblem:
    return FieldProblem(field=f"decisions[{index}].decision_id", code="IDEMPOTENCY_MISMATCH", detail=detail)


def _is_of_one_call(error: NBAError) -> bool:
    """Whether the caller is wrong, and the error does not say which call it is."""
    kind = KINDS.get(error.code)
    return kind is not None and kind.status == 422 and not getattr(error, "errors", ())


def _undecidable(decisions: Decisions, calls: Sequence[DecisionCall]) -> Iterator[FieldProblem]:
    """Which calls cannot be decided, tried without storing anything."""
    for index, call in enumerate(calls):
        try:
            decisions.hypothetical(call)
        except NBAError as error:
            if _is_of_one_call(error):
                yield FieldProblem(field=f"decisions[{index}]", code=error.code, detail=str(error))
