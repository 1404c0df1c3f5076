"""Rows of the store that many tests need."""

from __future__ import annotations

from nba_service.store.rows import (
    DecisionRow,
    InteractionRow,
    OutcomeRow,
)

FAR = 10**15


def interaction(
    key: str, customer: str = "c", at: int = 1_000, touchpoint: str = "page_view"
) -> InteractionRow:
    return InteractionRow(
        interaction_id=key,
        customer_id=customer,
        occurred_at=at,
        touchpoint=touchpoint,
        channel="website",
        value=1.5,
        properties={"b": 1, "a": [1, 2]},
    )


def decision(
    key: str,
    customer: str = "c",
    at: int = 1_000,
    delivered: int | None = 1_000,
    contacts: tuple[tuple[str, str | None], ...] = (("guide", "email"),),
    answer: str = "{}",
) -> DecisionRow:
    action, channel = contacts[0] if contacts else ("nothing", None)
    return DecisionRow(
        decision_id=key,
        customer_id=customer,
        decided_at=at,
        delivered_at=delivered,
        action=action,
        channel=channel,
        action_probability=0.5,
        contacts=contacts,
        context=None,
        candidates=None,
        bundle="b",
        policy="p",
        arm="treatment",
        request='{"customer_id":"c"}',
        answer=answer,
        state=b"state",
    )


def outcome(key: str, of: str, name: str = "responded", at: int = 2_000) -> OutcomeRow:
    return OutcomeRow(outcome_id=key, decision_id=of, outcome=name, occurred_at=at, value=3.0)
