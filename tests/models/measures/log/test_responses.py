"""A response counts within its window; a deferred decision is delivered when an outcome says so."""

from __future__ import annotations

from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.measures.log.records import Names
from tests.models.measures.fact_builders import DAY0, build, decision, outcome


def test_a_response_counts_within_its_window_and_brings_its_value(tiny_journey: Journey) -> None:
    """The window is 7 days; a teaser's response is worth 2 EUR, on top of what the outcome carries."""
    log = build(
        tiny_journey,
        Names(),
        decision("in time", 0),
        decision("late", 20),
        outcome("in time", 6.9, value=3.0),
        outcome("late", 27.1),
    )

    assert log.decisions["responded"].tolist() == [1, 0]
    assert log.decisions["value"].tolist() == [5.0, 0.0]
    assert log.decisions["cost"].tolist() == [0.1, 0.1]
    assert log.decisions["until"].tolist() == [DAY0 + 7 * DAY_MS, DAY0 + 27 * DAY_MS]


def test_a_deferred_decision_is_delivered_when_its_first_outcome_says_so(tiny_journey: Journey) -> None:
    deferred = decision("d", 0, delivered_at=None, deliver_by=DAY0 + 7 * DAY_MS)
    too_late = decision("e", 0, delivered_at=None, deliver_by=DAY0 + DAY_MS)
    log = build(tiny_journey, Names(), deferred, too_late, outcome("d", 2, "delivered"), outcome("e", 2))

    assert log.decisions["delivered"].tolist() == [DAY0 + 2 * DAY_MS, 0]
    assert log.decisions["contacts"].tolist() == [1, 0]
    assert log.decisions["value"].tolist() == [0.0, 2.0]
