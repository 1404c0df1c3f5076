"""Decisions as JSON: the answer of DESIGN section 7, and the parts of an explanation.

Knows field names and their order; computes nothing. The schemas in ``schemas.py`` document exactly this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from models.domain.decision import (
    Decision,
    DropOut,
    PropensityEstimate,
    RankedTreatment,
    ScoredCandidate,
    Value,
)


def decision_answer(decision: Decision, contents: Sequence[Mapping[str, str] | None]) -> dict[str, Any]:
    """The answer; ``contents``: rendered texts per action, None for doing nothing."""
    phase = decision.phase
    return {
        "decision_id": decision.decision_id,
        "customer_id": decision.customer_id,
        "decided_at": decision.decided_at,
        "expires_at": decision.expires_at,
        "phase": {"name": phase.name, "source": phase.source, "since": phase.since},
        "actions": [
            _action(treatment, content) for treatment, content in zip(decision.actions, contents, strict=True)
        ],
        "reason": decision.reason.value,
        "degraded": decision.degraded,
        "bundle": decision.bundle,
        "policy": decision.policy,
        "arm": decision.arm,
        "currency": decision.currency,
    }


def explanation_answer(decision: Decision) -> dict[str, Any]:
    """What stands behind a decision."""
    return {
        "candidates": candidates_answer(decision.candidates),
        "drop_outs": [_drop_out(drop_out) for drop_out in decision.drop_outs],
    }


def candidates_answer(candidates: Sequence[ScoredCandidate]) -> list[dict[str, Any]]:
    """The candidates with their scores, as answers and the log carry them."""
    return [
        {
            "action": candidate.action,
            "channel": candidate.channel,
            "action_probability": candidate.action_probability,
            "propensity": _propensity(candidate.propensity),
            "value": _value(candidate.value),
            "leads_to": dict(candidate.leads_to),
        }
        for candidate in candidates
    ]


def _action(treatment: RankedTreatment, content: Mapping[str, str] | None) -> dict[str, Any]:
    return {
        "rank": treatment.rank,
        "placement": treatment.placement,
        "action": treatment.action,
        "channel": treatment.channel,
        "action_probability": treatment.action_probability,
        "propensity": _propensity(treatment.propensity),
        "value": _value(treatment.value),
        "leads_to": dict(treatment.leads_to),
        "content": content,
        "reasons": list(treatment.reasons),
    }


def _propensity(estimate: PropensityEstimate) -> dict[str, float]:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "evidence": estimate.evidence,
    }


def _value(value: Value) -> dict[str, float]:
    return {
        "immediate": value.immediate,
        "journey": value.journey,
        "cost": value.cost,
        "priority": value.priority,
        "over_nothing": value.over_nothing,
    }


def _drop_out(drop_out: DropOut) -> dict[str, Any]:
    return asdict(drop_out)
