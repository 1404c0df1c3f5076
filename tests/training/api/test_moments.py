"""Requests carry what was known before the moment, from all four tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from models.domain.interaction import Kind
from models.domain.journey import Journey
from models.errors import TrainingDataError
from training.api.moments import requests_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def tables(make_tables: Callable[..., Any], moment: Callable[[float], datetime]) -> Any:
    event = {"channel": "web", "action": None}
    decision = {"customer_id": "c1", "action_probability": 0.5}
    return make_tables(
        customers=[{"customer_id": "c1", "attributes": '{"age": 40}', "consent": '{"email": true}'}],
        interactions=[
            {
                **event,
                "interaction_id": "i1",
                "customer_id": "c1",
                "occurred_at": moment(1),
                "touchpoint": "visit",
            },
            {
                **event,
                "interaction_id": "i2",
                "customer_id": "c2",
                "occurred_at": moment(1),
                "touchpoint": "visit",
            },
        ],
        decisions=[
            {
                **decision,
                "decision_id": "d1",
                "decided_at": moment(2),
                "action": "teaser",
                "channel": "email",
                "delivered_at": moment(2.5),
            },
            {
                **decision,
                "decision_id": "d2",
                "decided_at": moment(3),
                "action": "nothing",
                "channel": None,
                "delivered_at": None,
            },
        ],
        outcomes=[{"outcome_id": "o1", "decision_id": "d1", "outcome": "clicked", "occurred_at": moment(4)}],
    )


def test_interactions_contacts_and_outcomes_are_the_history(tables: Any, tiny_journey: Journey) -> None:
    (request,) = requests_of({"customer_id": ["c1"]}, tables, tiny_journey, NOON)

    assert [(e.kind, e.touchpoint, e.channel, e.action) for e in request.interactions] == [
        (Kind.TOUCHPOINT, "visit", "web", None),
        (Kind.CONTACT, "contact", "email", "teaser"),
        (Kind.OUTCOME, "clicked", "email", "teaser"),
    ]
    assert request.customer.attributes == {"age": 40}
    assert request.customer.consent == {"email": True}
    assert request.decided_at == NOON


def test_rows_keep_their_order_and_strangers_have_no_history(tables: Any, tiny_journey: Journey) -> None:
    asked = list(requests_of({"customer_id": ["new", "c2", "c1"]}, tables, tiny_journey, NOON))

    assert [each.customer.customer_id for each in asked] == ["new", "c2", "c1"]
    assert [len(each.interactions) for each in asked] == [0, 1, 3]


def test_each_row_may_have_its_own_moment_id_and_phase(tables: Any, tiny_journey: Journey) -> None:
    moments = {
        "customer_id": ["c1"],
        "decided_at": pa.array([NOON], pa.timestamp("ms", tz="Europe/Berlin")),
        "decision_id": ["mail-7/c1"],
        "phase": ["interested"],
    }
    (request,) = requests_of(moments, tables, tiny_journey)

    assert (request.decided_at, request.decision_id) == (NOON, "mail-7/c1")
    assert request.stated_phase == "interested"


@pytest.mark.parametrize(
    ("moments", "at", "told"),
    [
        ({"id": ["c1"]}, NOON, r"expected columns customer_id and perhaps .*, got id"),
        ({"customer_id": ["c1"], "age": [3]}, NOON, "got customer_id, age; leave other columns out"),
        ({"customer_id": ["c1"]}, None, "expected a column decided_at, or at="),
        ({"customer_id": ["c1"], "decided_at": ["2026-03-01"]}, None, "expected decided_at as times with a"),
        ({"customer_id": ["c1"]}, datetime(2026, 3, 1), "expected a time with its zone"),  # noqa: DTZ001
        (
            {"customer_id": ["c1"], "decided_at": pa.array([None], pa.timestamp("ms", tz="UTC"))},
            None,
            "customer 'c1' has no decided_at",
        ),
    ],
)
def test_what_is_wrong_is_told(
    moments: Any, at: datetime | None, told: str, tables: Any, tiny_journey: Journey
) -> None:
    with pytest.raises(TrainingDataError, match=told):
        list(requests_of(moments, tables, tiny_journey, at))
