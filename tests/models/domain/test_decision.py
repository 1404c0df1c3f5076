"""A request with other events is the same whether its past came as interactions or kept in columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from models.domain.decision import DecisionRequest
from models.domain.interaction import Customer, Interaction
from models.domain.past import build_past, event_of

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def touch(name: str, days_ago: int) -> Interaction:
    return Interaction(occurred_at=NOW - timedelta(days=days_ago), channel="web", touchpoint=name)


EVENTS = (touch("visit", 3), touch("quote", 2), touch("visit", 1))
PLAIN = DecisionRequest(
    decision_id="d", customer=Customer(customer_id="c"), decided_at=NOW, interactions=EVENTS
)
KEPT = replace(
    PLAIN, interactions=(), past=build_past(event_of(event, str(n)) for n, event in enumerate(EVENTS))
)


def test_both_count_alike() -> None:
    assert list(PLAIN.counts().items()) == list(KEPT.counts().items()) == [("visit", 2), ("quote", 1)]


def test_both_change_alike() -> None:
    changed = [one.with_events((touch("order", 1),), without={"visit"}) for one in (PLAIN, KEPT)]
    assert changed[0].counts() == changed[1].counts() == {"quote": 1, "order": 1}
    assert changed[1].interactions == ()
    assert KEPT.with_events() == KEPT
