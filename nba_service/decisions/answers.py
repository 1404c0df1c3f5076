"""Decisions as JSON.

The answer of DESIGN section 7, and the parts of an explanation. Knows field names and their order; computes
nothing. The schemas in ``api/decisions/responses.py`` document exactly this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from models.domain.decision import (
    Decision,
    PriorityFactors,
    PropensityEstimate,
    RankedTreatment,
    Reason,
    ScoredCandidate,
    Value,
)
from models.policy.explain.explanation import Explanation
from models.policy.scoring.candidate_list import CandidateList


def decision_answer(
    decision: Decision, contents: Sequence[Mapping[str, str] | None], *, timed: bool = False
) -> dict[str, object]:
    """The answer; ``contents``: rendered texts per action, None for doing nothing; ``timed``: best times."""
    phase = decision.phase
    return {
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


def explanation_answer(explanation: Explanation) -> dict[str, object]:
    """What stands behind a decision."""
    return {
        "candidates": [
            {
                **candidate_answer(explained.candidate),
                "factors": _factors(explained.factors),
                "changes": dict(explained.changes),
                "contributions": [asdict(contribution) for contribution in explained.contributions],
                "since_training": explained.since_training and asdict(explained.since_training),
            }
            for explained in explanation.candidates
        ],
        "drop_outs": [asdict(drop_out) for drop_out in explanation.drop_outs],
        "rule_failures": list(explanation.decision.rule_failures),
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


def _action(treatment: RankedTreatment, content: Mapping[str, str] | None, timed: bool) -> dict[str, object]:
    timing = {"best_time": treatment.best_time} if timed else {}
    return {
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
        **timing,
    }


def _propensity(estimate: PropensityEstimate) -> dict[str, float]:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "evidence": estimate.evidence,
    }


def _factors(factors: PriorityFactors) -> dict[str, float]:
    return {
        "propensity": factors.propensity,
        "value": factors.value,
        "weight": factors.weight,
        "lever": factors.lever,
        "cost": factors.cost,
        "journey_gain": factors.journey_gain,
        "share_price": factors.share_price,
    }


def _value(value: Value) -> dict[str, float]:
    return {
        "immediate": value.immediate,
        "journey": value.journey,
        "cost": value.cost,
        "priority": value.priority,
        "over_nothing": value.over_nothing,
    }
