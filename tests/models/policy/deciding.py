"""What tests of decisions ask with, and what they read of a decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from models.bundle import Models
from models.domain.actions import Policy, Tier
from models.domain.decision import Decision, DecisionRequest
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.objective import Arm, ArmPolicy
from models.policy.decide import decide
from models.policy.engine import Engine

Ask = Callable[..., DecisionRequest]
Event = Callable[..., Interaction]
WithAction = Callable[..., Journey]


def candidates(decision: Decision) -> set[str]:
    return {f"{c.action}@{c.channel}" if c.channel else c.action for c in decision.candidates}


def refusals(decision: Decision) -> dict[str, tuple[str, str]]:
    return {f"{d.action}@{d.channel}": (d.tier, d.code) for d in decision.drop_outs}


def run(journey: Journey, request: DecisionRequest) -> Decision:
    return decide(Engine(journey, None, "none"), request)


def engine_with(journey: Journey, models: Models | None, **objective: Any) -> Engine:
    changed = replace(journey, objective=replace(journey.objective, **objective))
    return Engine(changed, models, "b", trained=journey)


def with_objective(journey: Journey, **fields: Any) -> Journey:
    return replace(journey, objective=replace(journey.objective, **fields))


def only(policy: ArmPolicy) -> tuple[Arm, ...]:
    return (Arm(name=f"all-{policy}", share=1.0, policy=policy),)


def with_policies(journey: Journey, *policies: Policy) -> Journey:
    return replace(journey, policies=policies)


def rule(when: str, code: str = "RULE", tier: Tier = Tier.ELIGIBILITY, **scope: object) -> Policy:
    return Policy(code=code, tier=tier, when=when, **scope)  # type: ignore[arg-type]
