"""A decision is put together from its steps.

Knows the fields of ``Decision`` and the reasons it gives; knows nothing of how anything was computed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import numpy as np

from models.domain.decision import (
    Decision,
    DecisionRequest,
    PhaseState,
    PriorityFactors,
    RankedTreatment,
    Reason,
    SatisfactionEffect,
)
from models.domain.history import from_ms
from models.domain.objective import ArmPolicy
from models.errors import RequestError
from models.policy.choice.arbitration import Pick
from models.policy.choice.best_time import best_time
from models.policy.choice.choice import policy_name
from models.policy.engine import Engine
from models.policy.scoring.candidate_list import CandidateList
from models.policy.steps import DecisionSteps
from models.statistics import NORMAL_90

EXPIRES_AFTER_HOURS: Final = 24.0
"""How long an answer may be used, unless ``context.expires_after_hours`` says otherwise."""

_USUALLY: Final = timedelta(hours=EXPIRES_AFTER_HOURS)
_LONGEST_HOURS: Final = 366 * 24.0


def build_decision(engine: Engine, steps: DecisionSteps) -> Decision:
    """The decision, complete: with the scores of every candidate, and drop-outs if they were asked for.

    Raises:
        RequestError: ``context.expires_after_hours`` is out of range.
    """
    request = steps.request
    candidates = CandidateList(
        engine.journey.treatments,
        engine.phases,
        steps.screening.candidates,
        steps.picks[0].probability,
        steps.scores,
    )
    actions, reasons = list[RankedTreatment](), list[Reason]()
    for pick in steps.picks:
        best = steps.chooser.best(pick.admitted)
        reason = _reason(engine, steps, pick, best)
        reasons.append(reason)
        actions.append(_ranked(engine, steps, candidates, pick, reason, best))
    return Decision(
        decision_id=request.decision_id,
        customer_id=request.customer.customer_id,
        decided_at=request.decided_at,
        expires_at=_expires_at(request),
        phase=_phase_state(engine, steps),
        actions=tuple(actions),
        reason=reasons[0],
        degraded=engine.models is None,
        bundle=engine.bundle_id,
        policy=policy_name(engine, steps.arm.policy),
        arm=steps.arm.name,
        currency=engine.journey.currency,
        journey=engine.journey.sha256,
        rule_failures=steps.screening.failures,
        candidates=candidates,
        drop_outs=steps.drop_outs(engine.journey) if request.explain else (),
        refusals=steps.refusals(),
    )


def factors(engine: Engine, steps: DecisionSteps, position: int) -> PriorityFactors:
    """The factors of the candidate at ``position``, as they counted."""
    factors, scores = engine.factors, steps.scores
    code, asked = steps.candidates.item(position), steps.request.context.get("weights")
    weights = factors.weights(engine.slots.weights(steps.request)) if asked else None
    return PriorityFactors(
        propensity=scores.propensity.item(position) if factors.propensity else float(code > 0),
        value=factors.value.item(code),
        weight=1.0 if weights is None else weights.item(code),
        lever=factors.lever.item(code),
        cost=factors.cost.item(code),
        journey_gain=scores.journey.item(position) - scores.journey.item(0),
        share_price=factors.price.item(code),
    )


def satisfaction(engine: Engine, steps: DecisionSteps, position: int) -> SatisfactionEffect | None:
    """What the candidate at ``position`` changes in satisfaction; None: nobody asks, or no model knows."""
    own = engine.satisfaction
    if own is None:
        return None
    cell = int(steps.situations.phase[0]), int(steps.candidates[position])
    effect, half = float(own.effect[cell]), NORMAL_90 * float(own.error[cell])
    return SatisfactionEffect(
        fact=own.fact,
        over_nothing=effect,
        low=effect - half,
        high=effect + half,
        worth=float(own.worth[cell]),
    )


def _ranked(
    engine: Engine,
    steps: DecisionSteps,
    candidates: CandidateList,
    pick: Pick,
    reason: Reason,
    best: int,
) -> RankedTreatment:
    chosen, timed = candidates.one(pick.candidate), None
    if steps.request.window is not None:
        timed = best_time_of(engine, steps, steps.candidates.item(pick.candidate))
    return RankedTreatment(
        rank=pick.slot + 1,
        placement=steps.slots[pick.slot].placement,
        action=chosen.action,
        channel=chosen.channel,
        action_probability=pick.probability.item(pick.candidate),
        propensity=chosen.propensity,
        value=chosen.value,
        factors=factors(engine, steps, pick.candidate),
        leads_to=chosen.leads_to,
        reasons=_reasons(engine, steps, pick, reason, best),
        best_time=timed,
        satisfaction=None if engine.satisfaction is None else satisfaction(engine, steps, pick.candidate),
    )


def best_time_of(engine: Engine, steps: DecisionSteps, treatment: int) -> datetime | None:
    """When a treatment does most within the request's window; None: it has none, or no time is allowed."""
    request = steps.request
    if request.window is None:
        return None
    record = engine.eligibility.record(request, steps.known)
    at = best_time(engine, request, steps.situations, record, treatment)
    return None if at is None else from_ms(at)


def _reason(engine: Engine, steps: DecisionSteps, pick: Pick, best: int) -> Reason:
    """Why a slot got what it got, in one word."""
    if not pick.candidate and np.count_nonzero(pick.admitted) == 1:
        return Reason.NOTHING_ELIGIBLE
    default = steps.arm.policy is ArmPolicy.DEFAULT
    if default and engine.models is None:
        return Reason.MODEL_UNAVAILABLE
    if not default and not steps.chooser.protected[pick.candidate]:
        return Reason.CONTROL_ARM
    return Reason.ARBITRATION if pick.candidate == best else Reason.EXPLORATION


def _reasons(engine: Engine, steps: DecisionSteps, pick: Pick, reason: Reason, best: int) -> tuple[str, ...]:
    """The same in full: codes, most important first."""
    if reason is Reason.NOTHING_ELIGIBLE:
        return (reason.value,)
    codes = [] if reason in (Reason.ARBITRATION, Reason.EXPLORATION) else [reason.value]
    if reason is Reason.CONTROL_ARM:
        codes.append(f"{steps.arm.policy.value.upper()}_ARM")
    elif reason is not Reason.ARBITRATION and pick.candidate != best:
        codes.append("EXPLORATION")
    elif reason is Reason.MODEL_UNAVAILABLE:
        codes.append("PLAYBOOK_ORDER")
    else:
        codes.append("HIGHEST_JOURNEY_VALUE")
        if _priced(engine, steps, pick):
            codes.append("SHARE_BOUND")
        if _pleases(engine, steps, pick):
            codes.append("SATISFACTION")
    if steps.chooser.protected[pick.candidate]:
        codes.append("SERVICE_MESSAGE")
    return tuple(codes)


def _priced(engine: Engine, steps: DecisionSteps, pick: Pick) -> bool:
    """Whether another candidate would have ranked first without the prices of share bounds."""
    if not engine.journey.objective.bounds.shares or steps.arm.policy is not ArmPolicy.DEFAULT:
        return False
    free = steps.scores.priority
    if engine.satisfaction is not None:
        free = free + engine.satisfaction.worth[int(steps.situations.phase[0])].take(steps.candidates)
    return int(np.where(pick.admitted, free, -np.inf).argmax()) != pick.candidate


def _pleases(engine: Engine, steps: DecisionSteps, pick: Pick) -> bool:
    """Whether another candidate would have ranked first if points of satisfaction were worth nothing."""
    own = engine.satisfaction
    if own is None or steps.arm.policy is not ArmPolicy.DEFAULT or not own.worth.any():
        return False
    rank = steps.scores.priority - engine.factors.price.take(steps.candidates)
    return int(np.where(pick.admitted, rank, -np.inf).argmax()) != pick.candidate


def _phase_state(engine: Engine, steps: DecisionSteps) -> PhaseState:
    situations = steps.situations
    history = situations.history
    known = history.folded is not None or situations.end.item(0) > history.start.item(
        situations.customer.item(0)
    )
    source = "history" if known else "default"
    if engine.has_account_phases and steps.request.account is not None and steps.situations is steps.known:
        source = "account"
    if steps.request.stated_phase is not None:
        source = "stated"
    return PhaseState(
        name=engine.phases[situations.phase.item(0)],
        source=source,
        since=from_ms(situations.phase_since.item(0)),
    )


def _expires_at(request: DecisionRequest) -> datetime:
    if "expires_after_hours" not in request.context:
        return request.decided_at + _USUALLY
    hours = request.context["expires_after_hours"]
    number = isinstance(hours, (int, float)) and not isinstance(hours, bool)
    if not number or not 0.0 < hours <= _LONGEST_HOURS:
        raise RequestError(
            f"context.expires_after_hours is {hours!r}, expected a number of hours up to {_LONGEST_HOURS:g}"
        )
    return request.decided_at + timedelta(hours=hours)
