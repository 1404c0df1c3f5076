"""What templates may read about a decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Final, TypedDict
from zoneinfo import ZoneInfo

from models.domain.actions import NOTHING
from models.domain.configurations import Configured
from models.domain.decision import Decision, DecisionRequest, RankedTreatment
from models.domain.journey import Journey
from models.policy.eligibility.profiling import may_profile
from nba_service.content.facts import FactBook, KnownFacts
from nba_service.content.filters import without_sign

VARIABLES: Final = frozenset(
    {
        *("customer", "facts", "decision", "phase", "context", "company", "currency", "now", "today"),
        "configuration",
    }
)
"""The names; ``customer`` has ``id`` and the declared attributes as members, ``facts`` the computed ones.

``configuration``: what can be delivered, where the action speaks of one.
"""

DECISION_MEMBERS: Final = frozenset(
    {"id", "action", "label", "channel", "placement", "phase", "value", "currency"}
)


class PersonVariables(TypedDict):
    """What all texts of one decision may read.

    ``now`` and ``today`` by the customer's clock.
    """

    customer: dict[str, object]
    facts: KnownFacts
    phase: str
    context: dict[str, object]
    company: str
    currency: str
    now: datetime
    today: date


def person_variables(
    journey: Journey, request: DecisionRequest, facts: FactBook, *, phase: str
) -> PersonVariables:
    """What all texts of one decision share. What may not be known about the customer is missing."""
    customer = request.customer
    known = may_profile(journey, customer.consent)
    attributes = present(customer.attributes) if known else {}
    now = _local(request.decided_at, customer.time_zone or journey.time_zone)
    return {
        "customer": {**without_sign(attributes), "id": customer.customer_id},
        "facts": facts.about(attributes, now),
        "phase": phase,
        "context": without_sign(dict(request.context)),
        "company": journey.company,
        "currency": journey.currency,
        "now": now,
        "today": now.date(),
    }


def decision_variables(
    shared: Mapping[str, object], journey: Journey, decision: Decision, treatment: RankedTreatment
) -> dict[str, object]:
    """``shared`` and the treatment that the text is for."""
    if treatment.action == NOTHING:
        return dict(shared)
    chosen = {
        "id": decision.decision_id,
        "action": treatment.action,
        "label": journey.actions[journey.action_index[treatment.action]].label,
        "channel": treatment.channel,
        "placement": treatment.placement,
        "phase": decision.phase.name,
        "value": without_sign(treatment.value.immediate),
        "currency": decision.currency,
    }
    return {**shared, "decision": chosen}


def configuration_variables(
    journey: Journey, action: str, known: Mapping[str, Configured] | None
) -> dict[str, object]:
    """``configuration`` of the action, if it speaks of one and it can be delivered; else nothing."""
    name = None if action == NOTHING else journey.actions[journey.action_index[action]].configuration
    configured = None if name is None or known is None else known.get(name)
    if configured is None or not configured.choices:
        return {}
    configurator = next(one for one in journey.configurators if one.name == name)
    options = {option.name: option for option in configurator.options}

    def label(option: str, choice: str) -> str:
        return options[option].choices[options[option].position(choice)].label

    changes = [
        {
            "option": options[change.option].label,
            "wished": label(change.option, change.wished),
            "chosen": label(change.option, change.chosen),
        }
        for change in configured.changes
    ]
    shown: dict[str, object] = {
        "label": configurator.label,
        "choices": {option: label(option, choice) for option, choice in configured.choices.items()},
        "list": list(configurator.labels(configured.choices)),
        "price": configured.price,
        "deliverable_on": date.fromisoformat(configured.deliverable_on),
        "wished": bool(configured.wish),
        "changes": changes,
    }
    return {"configuration": without_sign(shown)}


def present(attributes: Mapping[str, object]) -> dict[str, object]:
    """The attributes that say something: neither null nor blank."""
    return {name: value for name, value in attributes.items() if value is not None and _says(value)}


def _says(value: object) -> bool:
    return not isinstance(value, str) or value.strip() != ""


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(_zone(zone))


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
