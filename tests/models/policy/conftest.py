"""Builders for tests of the policy: requests with defaults, and journeys changed in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.domain.decision import DecisionRequest
from models.domain.interaction import Customer, Interaction, Kind
from models.domain.journey import Journey

NOW = datetime(2026, 11, 21, 11, tzinfo=UTC)  # noon in Berlin


@pytest.fixture(scope="session")
def now() -> datetime:
    """Noon in Berlin on a Saturday in winter."""
    return NOW


@pytest.fixture(scope="session")
def ask() -> Callable[..., DecisionRequest]:
    """A request of one customer who has agreed to e-mail, with fields replaced."""

    def build(
        *events: Interaction,
        consent: Mapping[str, bool] | None = None,
        attributes: Mapping[str, Any] | None = None,
        time_zone: str | None = None,
        customer_id: str = "c-1",
        **fields: Any,
    ) -> DecisionRequest:
        customer = Customer(
            customer_id=customer_id,
            consent={"email": True} if consent is None else consent,
            attributes=attributes or {},
            time_zone=time_zone,
        )
        defaults = {"decision_id": "d-1", "decided_at": NOW, "explain": True}
        return DecisionRequest(customer=customer, interactions=events, **{**defaults, **fields})

    return build


@pytest.fixture(scope="session")
def contact() -> Callable[..., Interaction]:
    """A delivered decision, some days before ``now``."""

    def build(action: str | None, channel: str | None, days_ago: float) -> Interaction:
        return Interaction(
            occurred_at=NOW - timedelta(days=days_ago),
            channel=channel,
            touchpoint="contact",
            kind=Kind.CONTACT,
            action=action,
        )

    return build


@pytest.fixture(scope="session")
def outcome() -> Callable[..., Interaction]:
    """An outcome of a decision, some days before ``now``."""

    def build(name: str, action: str, days_ago: float, channel: str = "email") -> Interaction:
        return Interaction(
            occurred_at=NOW - timedelta(days=days_ago),
            channel=channel,
            touchpoint=name,
            kind=Kind.OUTCOME,
            action=action,
        )

    return build


@pytest.fixture(scope="session")
def touch() -> Callable[..., Interaction]:
    """Something the customer did on the web, some days before ``now``."""

    def build(name: str, days_ago: float) -> Interaction:
        return Interaction(occurred_at=NOW - timedelta(days=days_ago), channel="web", touchpoint=name)

    return build


@pytest.fixture(scope="session")
def with_action() -> Callable[..., Journey]:
    """The journey with fields of one action replaced."""

    def change(journey: Journey, name: str, **fields: Any) -> Journey:
        actions = tuple(replace(a, **fields) if a.name == name else a for a in journey.actions)
        return replace(journey, actions=actions)

    return change
