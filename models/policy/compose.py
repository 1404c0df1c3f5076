"""The answer: a decision as it is returned and logged, put together from its workings.

Knows the fields of ``Decision`` and the reasons it gives; knows nothing of how anything was computed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from models.domain.decision import (
    Decision,
    DecisionRequest,
    PhaseState,
    PriorityFactors,
    RankedTreatment,
    Reason,
)
from models.domain.objective import ArmPolicy
from models.errors import RequestError
from models.policy.choice.arbitration import Pick
from models.policy.choice.best_time import best_time
from models.policy.choice.choice import policy_name
from models.policy.engine import Engine
from models.policy.scoring.candidate_list import CandidateList
from models.policy.steps import Workings

EXPIRES_AFTER_HOURS: Final = 24.0
"""How long an answer may be used, unless ``context.expires_after_hours`` says otherwise."""

_LONGEST_HOURS: Final = 366 * 24.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def compose(engine: Engine, workings: Workings) -> Decision:
    """The decision, complete: with the scores of every candidate, and drop-outs if they were asked for.

    Raises:
        RequestError: ``context.expires_after_hours`` is out of range.
    """
    request = workings.request
    reasons = [_reason(engine, workings, pick) for pick in workings.picks]
    candidates = CandidateList(
        engine.journey.treatments,
        tuple(engine.journey.phase_index),
        workings.candidates,
        workings.picks[0].probability,
        workings.scores,
    )
    return Decision(
        decision_id=request.decision_id,
        customer_id=request.customer.customer_id,
        decided_at=request.decided_at,
        expires_at=_expires_at(request),
        phase=_phase_state(engine, workings),
        actions=tuple(
            _ranked(engine, workings, candidates, pick, reason)
            for pick, reason in zip(workings.picks, reasons, strict=True)
        ),
        reason=reasons[0],
        degraded=engine.models is None,
        bundle=engine.bundle_id,
        policy=policy_name(engine, workings.arm.policy),
        arm=workings.arm.name,
        currency=engine.journey.currency,
        journey=engine.journey.sha256,
        rule_failures=workings.screening.failures,
        candidates=candidates,
        drop_outs=workings.drop_outs(engine.journey) if request.explain else (),
        refusals=workings.refusals(),
    )


def factors(engine: Engine, workings: Workings, position: int) -> PriorityFactors:
    """The factors of the candidate at ``position``, as they counted."""
    stakes, scores = engine.stakes, workings.scores
    code = int(workings.candidates[position])
    weights = stakes.weights(engine.slots.weights(workings.request))
    counted = stakes.response(
        scores.propensity[position : position + 1], workings.candidates[position : position + 1]
    )
    return PriorityFactors(
        propensity=float(counted[0]),
        value=float(stakes.value[code]),
        weight=1.0 if weights is None else float(weights[code]),
        lever=float(stakes.lever[code]),
        cost=float(stakes.cost[code]),
        journey_gain=float(scores.journey[position] - scores.journey[0]),
        share_price=float(stakes.price[code]),
    )


def _ranked(
    engine: Engine, workings: Workings, candidates: CandidateList, pick: Pick, reason: Reason
) -> RankedTreatment:
    chosen = candidates[pick.candidate]
    return RankedTreatment(
        rank=pick.slot + 1,
        placement=workings.slots[pick.slot].placement,
        action=chosen.action,
        channel=chosen.channel,
        action_probability=float(pick.probability[pick.candidate]),
        propensity=chosen.propensity,
        value=chosen.value,
        factors=factors(engine, workings, pick.candidate),
        leads_to=chosen.leads_to,
        reasons=_reasons(engine, workings, pick, reason),
        best_time=_best_time(engine, workings, int(workings.candidates[pick.candidate])),
    )


def _best_time(engine: Engine, workings: Workings, treatment: int) -> datetime | None:
    request = workings.request
    if request.window is None:
        return None
    record = engine.eligibility.record(request, workings.known)
    at = best_time(engine, request, workings.situations, record, treatment)
    return None if at is None else _EPOCH + timedelta(milliseconds=at)


def _reason(engine: Engine, workings: Workings, pick: Pick) -> Reason:
    """Why a slot got what it got, in one word."""
    if int(pick.admitted.sum()) == 1:
        return Reason.NOTHING_ELIGIBLE
    default = workings.arm.policy is ArmPolicy.DEFAULT
    if default and engine.models is None:
        return Reason.MODEL_UNAVAILABLE
    if not default and not workings.chooser.protected[pick.candidate]:
        return Reason.CONTROL_ARM
    best = workings.chooser.best(pick.admitted)
    return Reason.ARBITRATION if pick.candidate == best else Reason.EXPLORATION


def _reasons(engine: Engine, workings: Workings, pick: Pick, reason: Reason) -> tuple[str, ...]:
    """The same in full: codes, most important first."""
    if reason is Reason.NOTHING_ELIGIBLE:
        return (reason.value,)
    codes = [] if reason in (Reason.ARBITRATION, Reason.EXPLORATION) else [reason.value]
    if reason is Reason.CONTROL_ARM:
        codes.append(f"{workings.arm.policy.value.upper()}_ARM")
    elif reason is not Reason.ARBITRATION and pick.candidate != workings.chooser.best(pick.admitted):
        codes.append("EXPLORATION")
    elif reason is Reason.MODEL_UNAVAILABLE:
        codes.append("PLAYBOOK_ORDER")
    else:
        codes.append("HIGHEST_JOURNEY_VALUE")
        if _priced(engine, workings, pick):
            codes.append("SHARE_BOUND")
    if workings.chooser.protected[pick.candidate]:
        codes.append("SERVICE_MESSAGE")
    return tuple(codes)


def _priced(engine: Engine, workings: Workings, pick: Pick) -> bool:
    """Whether another candidate would have ranked first without the prices of share bounds."""
    if not engine.journey.objective.bounds.shares or workings.arm.policy is not ArmPolicy.DEFAULT:
        return False
    return int(np.where(pick.admitted, workings.scores.priority, -np.inf).argmax()) != pick.candidate


def _phase_state(engine: Engine, workings: Workings) -> PhaseState:
    situations = workings.situations
    known = int(situations.end[0]) > int(situations.history.start[int(situations.customer[0])])
    stated = workings.request.stated_phase is not None
    return PhaseState(
        name=engine.journey.phases[int(situations.phase[0])].name,
        source="stated" if stated else "history" if known else "default",
        since=_EPOCH + timedelta(milliseconds=int(situations.phase_since[0])),
    )


def _expires_at(request: DecisionRequest) -> datetime:
    hours = request.context.get("expires_after_hours", EXPIRES_AFTER_HOURS)
    number = isinstance(hours, (int, float)) and not isinstance(hours, bool)
    if not number or not 0.0 < hours <= _LONGEST_HOURS:
        raise RequestError(
            f"context.expires_after_hours is {hours!r}, expected a number of hours up to {_LONGEST_HOURS:g}"
        )
    return request.decided_at + timedelta(hours=hours)
