"""Logs of customers drawn by chance, and their situations as a builder puts them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from hypothesis import strategies as st

from models.domain.history import build_history, to_ms
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey
from models.learned.features.builder import FeatureBuilder, Situations

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


Moment = tuple[int, datetime]  # customer, instant


EVENTS = st.builds(
    Interaction,
    occurred_at=st.integers(0, 60).map(lambda days: NOON + timedelta(days=days))
    | st.integers(0, 10**9).map(lambda ms: NOON + timedelta(milliseconds=ms)),
    channel=st.sampled_from([None, "web", "email"]),
    touchpoint=st.sampled_from(["visit", "quote", "order", "mail_sent", "unheard_of"]),
    kind=st.sampled_from([Kind.TOUCHPOINT, Kind.CONTACT]),
    action=st.sampled_from([None, "teaser", "offer", "care"]),
    value=st.sampled_from([0.0, 0.1, 19.99, 1e9]),
) | st.builds(
    Interaction,
    occurred_at=st.integers(0, 60).map(lambda days: NOON + timedelta(days=days)),
    channel=st.sampled_from([None, "web", "email"]),
    touchpoint=st.sampled_from(["clicked", "complained"]),
    kind=st.just(Kind.OUTCOME),
    action=st.sampled_from([None, "teaser", "offer"]),
)


LOGS = st.lists(st.lists(EVENTS, max_size=8), min_size=1, max_size=5)


INSTANTS = st.integers(-2, 70).map(lambda days: NOON + timedelta(days=days))


ZONES = st.sampled_from([None, "UTC", "America/New_York", "Asia/Kathmandu"])


def situate(
    builder: FeatureBuilder,
    journey: Journey,
    per_customer: Sequence[Sequence[Interaction]],
    moments: Sequence[Moment],
    attributes: Sequence[dict[str, Any]] | None = None,
    zones: Sequence[str | None] | None = None,
    stated: Sequence[int] | None = None,
) -> Situations:
    return builder.situate(
        history=build_history(journey, per_customer),
        customer=np.array([customer for customer, _ in moments], dtype=np.int64),
        instant=np.array([to_ms(instant) for _, instant in moments], dtype=np.int64),
        attributes=builder.attribute_matrix(attributes or [{}] * len(per_customer)),
        time_zones=zones,
        stated_phase=None if stated is None else np.array(stated, dtype=np.int32),
    )


def matrices(
    builder: FeatureBuilder, journey: Journey, situations: Situations
) -> tuple[np.ndarray, np.ndarray]:
    """The customer columns, and those of every treatment for every situation: (n, T, G)."""
    n, n_treatments = len(situations), len(journey.treatments)
    row = np.repeat(np.arange(n), n_treatments)
    candidates = builder.candidate_features(situations, row, np.tile(np.arange(n_treatments), n))
    return builder.customer_features(situations), candidates.reshape(n, n_treatments, -1)


def event(days: float, touchpoint: str, channel: str | None = "web", **more: Any) -> Interaction:
    return Interaction(
        occurred_at=NOON + timedelta(days=days), channel=channel, touchpoint=touchpoint, **more
    )


def contact(days: float, action: str, channel: str) -> Interaction:
    return event(days, "contact", channel, action=action, kind=Kind.CONTACT)


ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "age": st.integers(18, 90) | st.floats(0, 100) | st.just("old"),
        "segment": st.sampled_from(["new", "old", "unheard_of"]),
        "vip": st.booleans(),
    },
)
