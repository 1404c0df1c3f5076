"""Builders for tests of the policy: requests with defaults, and journeys changed in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from models.bundle import Models
from models.domain.decision import DecisionRequest
from models.domain.history import build_history, to_ms
from models.domain.interaction import Customer, Interaction, Kind
from models.domain.journey import Journey
from models.learned.features.builder import FeatureBuilder, Situations, make_spec
from models.learned.response.fit import fit_response
from models.learned.transition.fit import fit_transition
from models.learned.trees.parameters import TreeParameters
from models.learned.value.fit import fit_journey_value

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


@pytest.fixture(scope="session")
def learned(tiny_journey: Journey) -> Models:
    """Small real models of the tiny journey, trees included, from seeded random rows."""
    rng = np.random.default_rng(7)
    customers, each = 250, 5
    names = [touchpoint.name for touchpoint in tiny_journey.touchpoints]
    past = [
        [
            Interaction(
                occurred_at=NOW - timedelta(days=float(days)), channel="web", touchpoint=names[int(which)]
            )
            for days, which in zip(rng.uniform(0, 300, 12), rng.integers(0, 3, 12), strict=True)
        ]
        for _ in range(customers)
    ]
    history = build_history(tiny_journey, past)
    spec = make_spec(tiny_journey, history)
    builder = FeatureBuilder(spec, tiny_journey)
    customer = np.repeat(np.arange(customers), each)
    instant = to_ms(NOW) - rng.integers(0, 250, len(customer)) * 86_400_000
    ages = [{"age": float(age)} for age in rng.integers(18, 90, customers)]
    situations = builder.situate(
        history=history,
        customer=customer,
        instant=instant,
        attributes=builder.attribute_matrix(ages),
    )
    return _fit(tiny_journey, builder, situations, rng)


def _fit(
    journey: Journey, builder: FeatureBuilder, situations: Situations, rng: np.random.Generator
) -> Models:
    """Older customers respond more; a mail moves a customer on."""
    row = np.arange(len(situations))
    treatment = rng.integers(0, len(journey.treatments), len(row))
    customer_x = builder.customer_features(situations)
    candidate_x = builder.candidate_features(situations, row, treatment)
    age = situations.attributes[:, [c.name for c in builder.spec.attributes].index("age")]
    response = ((rng.random(len(row)) < age / 120) & (treatment > 0)).astype(np.int64)
    moved = rng.random(len(row)) < 0.1 + 0.2 * (treatment % 2)
    common: dict[str, Any] = {
        "journey": journey,
        "spec": builder.spec,
        "customer_x": customer_x,
        "candidate_x": candidate_x,
        "phase": situations.phase,
        "treatment": treatment,
        "customer": situations.customer,
        "calibrate": situations.instant > np.quantile(situations.instant, 0.8),
        "parameters": TreeParameters(response_iterations=20, baseline_iterations=10, num_threads=1),
        "rng": rng,
    }
    fitted = fit_response(response=response, **common)
    next_phase = np.where(moved, (situations.phase + 1) % 3, situations.phase)
    transition = fit_transition(next_phase=next_phase, **common)
    baseline = transition.baseline(customer_x, situations.phase)
    value = fit_journey_value(
        journey=journey,
        spec=builder.spec,
        customer_x=customer_x,
        phase=situations.phase,
        row=row,
        treatment=treatment,
        immediate=2.0 * response,
        probabilities=transition.probabilities(baseline, row, situations.phase, treatment),
    )
    return Models(spec=builder.spec, response=fitted, transition=transition, value=value)
