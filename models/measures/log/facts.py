"""Facts are rows of the store, as records are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class InteractionFact(NamedTuple):
    """A stored interaction."""

    customer_id: str
    occurred_at: int
    channel: str | None
    touchpoint: str
    action: str | None
    phase: str | None
    value: float | None
    properties: str | None


class DecisionFact(NamedTuple):
    """A stored decision.

    ``contacts``, ``refusals`` and ``taken`` are JSON.
    """

    decision_id: str
    customer_id: str
    decided_at: int
    delivered_at: int | None
    deliver_by: int | None
    action: str
    channel: str | None
    probability: float | None
    contacts: str
    bundle: str | None
    arm: str | None
    phase: str | None
    propensity: float | None
    reason: str | None
    refusals: str | None
    taken: str | None
    variant: str | None = None
    variant_probability: float | None = None


class OutcomeFact(NamedTuple):
    """A stored outcome of a decision."""

    decision_id: str
    outcome: str
    value: float | None
    occurred_at: int
    attribution: str | None


class ProfileFact(NamedTuple):
    """A stored profile, with the consents that hold now.

    ``attributes`` is JSON.
    """

    customer_id: str
    attributes: str
    locale: str | None
    time_zone: str | None
    updated_at: int
    consent: Mapping[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is stored about some people."""

    people: Sequence[str]
    interactions: Sequence[InteractionFact]
    decisions: Sequence[DecisionFact]
    outcomes: Sequence[OutcomeFact]
    profiles: Sequence[ProfileFact] = ()
