"""Decisions as JSON.

The answer of DESIGN section 7, and the parts of an explanation. Knows field names and their order; computes
nothing. The schemas in ``api/decisions/responses.py`` document exactly this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, NotRequired, TypedDict

from models.domain.account import AccountState
from models.domain.actions import NOTHING
from models.domain.decision import (
    Decision,
    PhaseState,
    PriorityFactors,
    PropensityEstimate,
    RankedTreatment,
    Reason,
    ScoredCandidate,
    Value,
)
from models.policy.engine import Engine
from models.policy.explain.explanation import Explanation
from models.policy.scoring.candidate_list import CandidateList
from nba_service.decisions.configurations.coding import configuration_answer

NOT_ASKED: Final = "NOT_ASKED"
"""The code of treatments on channels and placements that a request did not ask for."""

Figures = dict[str, float]
"""Numbers by name."""


class PhaseAnswer(TypedDict):
    """The phase that a decision was made for."""

    name: str
    source: str
    since: datetime | str | None


class VariantPart(TypedDict):
    """The variant of an action's texts that was drawn."""

    name: str
    probability: float


class ActionAnswer(TypedDict):
    """One chosen treatment; ``content`` is None for doing nothing."""

    rank: int
    placement: str | None
    action: str
    channel: str | None
    action_probability: float
    propensity: Figures
    value: Figures
    factors: Figures
    leads_to: Figures
    content: Mapping[str, str] | None
    reasons: list[str]
    best_time: NotRequired[object]
    satisfaction: NotRequired[dict[str, object]]
    configuration: NotRequired[Mapping[str, Any]]
    variant: NotRequired[VariantPart]


class OfferAnswer(TypedDict):
    """What would be best for one of an account's people."""

    role: str | None
    action: str
    channel: str | None
    over_nothing: float
    probability: float


class AccountPart(TypedDict):
    """The account of the customer.

    ``people`` only where the account was asked for.
    """

    account_id: str
    role: str | None
    phase: str | None
    probability: NotRequired[float]
    people: NotRequired[list[OfferAnswer]]


class Answer(TypedDict):
    """A decision as it is answered and stored.

    Times are texts once it was stored.
    """

    decision_id: str
    customer_id: str
    decided_at: datetime | str
    expires_at: datetime | str
    phase: PhaseAnswer
    actions: list[ActionAnswer]
    reason: str
    degraded: bool
    degraded_by: list[str]
    bundle: str
    journey: str | None
    policy: str
    arm: str
    currency: str
    blocked: NotRequired[dict[str, int]]
    taken: NotRequired[dict[str, str | None]]
    account: NotRequired[AccountPart]


def decision_answer(
    decision: Decision, contents: Sequence[Mapping[str, str] | None], *, timed: bool = False
) -> Answer:
    """The answer; ``contents``: rendered texts per action, None for doing nothing; ``timed``: best times."""
    phase = decision.phase
    answer: Answer = {
        "decision_id": decision.decision_id,
        "customer_id": decision.customer_id,
        "decided_at": decision.decided_at,
        "expires_at": decision.expires_at,
        "phase": {"name": phase.name, "source": phase.source, "since": phase.since},
        "actions": [
            _action(treatment, content, timed)
            for treatment, content in zip(decision.actions, contents, strict=True)
        ],
        "reason": decision.reason.value,
        "degraded": decision.degraded,
        "degraded_by": [Reason.MODEL_UNAVAILABLE.value] if decision.degraded else [],
        "bundle": decision.bundle,
        "journey": decision.journey,
        "policy": decision.policy,
        "arm": decision.arm,
        "currency": decision.currency,
    }
    if decision.actions[0].action == NOTHING:
        answer["blocked"] = blocked(decision)
    return answer


def account_answer(account: AccountState, engine: Engine, phase: PhaseState) -> AccountPart:
    """The account, and why this person: what would be best for each of its people, best first."""
    part: AccountPart = {
        "account_id": account.account_id,
        "role": account.role or None,
        "phase": phase.name if engine.has_account_phases else None,
    }
    if account.offers:
        part["probability"] = account.probability
        part["people"] = [
            {
                "role": offer.role or None,
                "action": offer.action,
                "channel": offer.channel,
                "over_nothing": offer.gain,
                "probability": offer.probability,
            }
            for offer in account.offers
        ]
    return part


def blocked(decision: Decision) -> dict[str, int]:
    """Reason code → treatments that it kept out, in the order of the rules; NOT_ASKED is left out.

    The last code took the last treatments.
    """
    counts: dict[str, int] = {}
    for _, code, treatments in decision.refusals:
        if code != NOT_ASKED:
            counts[code] = counts.pop(code, 0) + treatments
    return counts


def explanation_answer(explanation: Explanation, *, full: bool = False) -> dict[str, object]:
    """What stands behind a decision.

    Args:
        full: treatments that only were not asked for are listed, too; else they are a number.
    """
    asked = [drop_out for drop_out in explanation.drop_outs if drop_out.code != NOT_ASKED]
    known = explanation.configured
    return {
        "candidates": [
            {
                **candidate_answer(explained.candidate),
                "factors": _factors(explained.factors),
                "changes": dict(explained.changes),
                "contributions": [asdict(contribution) for contribution in explained.contributions],
                "since_training": explained.since_training and asdict(explained.since_training),
                **({"learned_effect": asdict(effect)} if (effect := explained.learned_effect) else {}),
                **({"satisfaction": asdict(change)} if (change := explained.satisfaction) else {}),
            }
            for explained in explanation.candidates
        ],
        "drop_outs": [asdict(drop_out) for drop_out in (explanation.drop_outs if full else asked)],
        "not_asked": len(explanation.drop_outs) - len(asked),
        "rule_failures": list(explanation.decision.rule_failures),
        **({"configurations": [configuration_answer(one) for one in known]} if known else {}),
        **({} if explanation.path is None else {"path": asdict(explanation.path)}),
        **({} if explanation.believed is None else {"believed_phases": dict(explanation.believed)}),
    }


def candidate_answers(candidates: Sequence[ScoredCandidate]) -> list[dict[str, object]]:
    """All of them, as the log carries them."""
    if isinstance(candidates, CandidateList):
        return candidates.records()
    return [candidate_answer(candidate) for candidate in candidates]


def candidate_answer(candidate: ScoredCandidate) -> dict[str, object]:
    """A candidate with its scores, as explanations and the log carry it."""
    return {
        "action": candidate.action,
        "channel": candidate.channel,
        "action_probability": candidate.action_probability,
        "propensity": _propensity(candidate.propensity),
        "value": _value(candidate.value),
        "leads_to": dict(candidate.leads_to),
    }


def _action(treatment: RankedTreatment, content: Mapping[str, str] | None, timed: bool) -> ActionAnswer:
    action: ActionAnswer = {
        "rank": treatment.rank,
        "placement": treatment.placement,
        "action": treatment.action,
        "channel": treatment.channel,
        "action_probability": treatment.action_probability,
        "propensity": _propensity(treatment.propensity),
        "value": _value(treatment.value),
        "factors": _factors(treatment.factors),
        "leads_to": dict(treatment.leads_to),
        "content": content,
        "reasons": list(treatment.reasons),
    }
    if timed:
        action["best_time"] = treatment.best_time
    if treatment.satisfaction is not None:
        action["satisfaction"] = asdict(treatment.satisfaction)
    return action


def _propensity(estimate: PropensityEstimate) -> Figures:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "evidence": estimate.evidence,
    }


def _factors(factors: PriorityFactors) -> Figures:
    return {
        "propensity": factors.propensity,
        "value": factors.value,
        "weight": factors.weight,
        "lever": factors.lever,
        "cost": factors.cost,
        "journey_gain": factors.journey_gain,
        "share_price": factors.share_price,
    }


def _value(value: Value) -> Figures:
    return {
        "immediate": value.immediate,
        "journey": value.journey,
        "cost": value.cost,
        "priority": value.priority,
        "over_nothing": value.over_nothing,
        "over_nothing_low": value.over_nothing_low,
        "over_nothing_high": value.over_nothing_high,
    }
