"""Facts of one customer, and the records they become."""

from __future__ import annotations

from typing import Any

from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.measures.log.build import RecordBuilder
from models.measures.log.facts import DecisionFact, Facts, InteractionFact, OutcomeFact
from models.measures.log.records import Log, Names

DAY0 = 20_000 * DAY_MS


def visit(day: float, touchpoint: str, customer: str = "c") -> InteractionFact:
    return InteractionFact(customer, DAY0 + round(day * DAY_MS), "web", touchpoint, None, None, 5.0, None)


def decision(key: str, day: float, action: str = "teaser", **changed: Any) -> DecisionFact:
    at = DAY0 + round(day * DAY_MS)
    nothing = action == "nothing"
    usual: dict[str, Any] = {
        "decision_id": key,
        "customer_id": "c",
        "decided_at": at,
        "delivered_at": None if nothing else at,
        "deliver_by": None,
        "action": action,
        "channel": None if nothing else "email",
        "probability": 0.5,
        "contacts": "[]" if nothing else f'[["{action}","email"]]',
        "bundle": "b-1",
        "arm": "treatment",
        "phase": None,
        "propensity": None,
        "reason": "ARBITRATION",
        "refusals": None,
        "taken": None,
    }
    return DecisionFact(**(usual | changed))


def outcome(of: str, day: float, name: str = "clicked", value: float | None = None) -> OutcomeFact:
    return OutcomeFact(of, name, value, DAY0 + round(day * DAY_MS), None)


def build(journey: Journey, names: Names, *facts: Any) -> Log:
    kinds = {InteractionFact: [], DecisionFact: [], OutcomeFact: []}  # type: ignore[var-annotated]
    for fact in facts:
        kinds[type(fact)].append(fact)
    people = sorted({fact.customer_id for fact in facts if not isinstance(fact, OutcomeFact)})
    interactions, decisions, outcomes = kinds.values()
    return RecordBuilder(journey, names).build(
        Facts(people=people, interactions=interactions, decisions=decisions, outcomes=outcomes)
    )
