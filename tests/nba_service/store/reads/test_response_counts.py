"""Responses counted by age and delay, on each database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nba_service.store.rows import (
    DecisionRow,
    PositiveRule,
)
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import decision, outcome

HOUR = 3_600_000


RULES = [
    PositiveRule(actions=("guide",), outcomes=("responded",), window_ms=72 * HOUR),
    PositiveRule(actions=("offer",), outcomes=("bought", "responded"), window_ms=24 * HOUR),
]


def expecting(
    key: str, at: int, *, propensity: float = 0.25, action: str = "guide", **fields: Any
) -> DecisionRow:
    """A decision ``at`` hours, with what the model expected of it."""
    made = decision(key, at=at * HOUR, delivered=at * HOUR, contacts=((action, "email"),))
    return replace(made, **{"phase": "trigger", "propensity": propensity, **fields})


def told(store: SqlStore, until_hours: int, since_hours: int = 0) -> dict[tuple[Any, ...], tuple[int, float]]:
    """Counts by action, ours, age and delay."""
    counts = store.settle_and_count_responses("b", RULES, since=since_hours * HOUR, until=until_hours * HOUR)
    return {(c.action, c.ours, c.age_hours, c.delay_hours): (c.number, c.propensity) for c in counts}


def test_responses_are_counted_by_age_and_delay(store: SqlStore) -> None:
    store.add_decisions([expecting("a", 1), expecting("b", 1, propensity=0.5), expecting("c", 1)])
    store.add_outcomes([outcome("o", "a", at=5 * HOUR), outcome("p", "a", at=9 * HOUR)])

    assert told(store, 11) == {("guide", True, 10, 4): (1, 0.25), ("guide", True, 10, None): (2, 0.75)}


def test_beyond_two_days_ages_are_whole_days(store: SqlStore) -> None:
    store.add_decisions([expecting("a", 1)])
    store.add_outcomes([outcome("o", "a", at=60 * HOUR)])

    assert told(store, 90) == {("guide", True, 72, 48): (1, 0.25)}


def test_only_positive_outcomes_within_the_window_of_their_action_are_responses(store: SqlStore) -> None:
    store.add_decisions([expecting("a", 0, action="offer"), expecting("b", 0), expecting("c", 0)])
    store.add_outcomes(
        [
            outcome("late", "a", "bought", at=30 * HOUR),
            outcome("other", "b", "bought", at=2 * HOUR),
            outcome("after", "c", at=40 * HOUR),
        ]
    )

    assert {key[3] for key in told(store, 39)} == {None}


def test_what_teaches_nothing_is_not_counted(store: SqlStore) -> None:
    """Doing nothing, imports (no propensity), what was never delivered, and what lies outside the times."""
    store.add_decisions(
        [
            expecting("nothing", 5, contacts=(), action="nothing"),
            expecting("imported", 5, propensity=None),  # type: ignore[arg-type]
            expecting("undelivered", 5, delivered_at=None),
            expecting("early", 1),
            expecting("future", 9),
        ]
    )

    assert told(store, 8, since_hours=2) == {}


def test_a_deferred_decision_is_as_old_as_its_delivery(store: SqlStore) -> None:
    store.add_decisions([expecting("a", 1, delivered_at=None)])
    store.add_outcomes([outcome("d", "a", "delivered", at=4 * HOUR), outcome("o", "a", at=6 * HOUR)])

    assert told(store, 9) == {("guide", True, 5, 2): (1, 0.25)}


def test_decisions_of_another_bundle_are_told_apart(store: SqlStore) -> None:
    store.add_decisions([expecting("a", 1), expecting("b", 1, bundle="other")])

    assert {key[1] for key in told(store, 9)} == {True, False}


def test_variants_are_counted_apart(store: SqlStore) -> None:
    store.add_decisions([expecting("a", 1, variant="x"), expecting("b", 1, variant="y"), expecting("c", 1)])

    counts = store.settle_and_count_responses("b", RULES, since=0, until=11 * HOUR)

    assert sorted((one.variant or "", one.number) for one in counts) == [("", 1), ("x", 1), ("y", 1)]
