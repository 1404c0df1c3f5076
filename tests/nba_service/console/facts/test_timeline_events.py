"""A customer's past: phases in turn, their events, our decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey
from nba_service.console.facts import timeline_events as past

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def event(days_ago: float, phase: str | None = None, kind: Kind = Kind.TOUCHPOINT) -> Interaction:
    return Interaction(
        occurred_at=NOW - timedelta(days=days_ago),
        channel=None,
        touchpoint="visit" if kind is Kind.TOUCHPOINT else "contact",
        kind=kind,
        phase=phase,
    )


def test_phases_follow_each_other_without_a_gap_until_now(tiny_journey: Journey) -> None:
    second = tiny_journey.phases[1].name
    found = past.stays(tiny_journey, [event(20), event(4, phase=second)], NOW)

    assert found[0].phase == 0
    assert all(one.end == other.start for one, other in pairwise(found))
    assert found[-1].end == NOW
    assert found[-1].phase == 1


def test_somebody_without_a_past_has_been_nowhere(tiny_journey: Journey) -> None:
    assert past.stays(tiny_journey, [], NOW) == []


def test_what_moved_the_phase_is_told_from_what_did_not(tiny_journey: Journey) -> None:
    events = [event(20), event(4, phase=tiny_journey.phases[1].name), event(3, kind=Kind.CONTACT)]
    own = past.own_events(tiny_journey, events, past.stays(tiny_journey, events, NOW))

    assert [one.moved for one in own] == [False, True]


def test_decisions_come_oldest_first_with_what_was_refused(tiny_journey: Journey) -> None:
    negative = next(one.name for one in tiny_journey.outcomes if one.sentiment.value == "negative")
    rows: list[dict[str, object]] = [
        {"decision_id": "d-2", "decided_at": 2_000, "action": "nothing", "channel": None, "answer": "{}"},
        {"decision_id": "d-1", "decided_at": 1_000, "action": "offer", "channel": "email", "answer": None},
    ]
    found = past.contacts(tiny_journey, rows, [{"decision_id": "d-1", "outcome": negative}])

    assert [(one.decision_id, one.refused, one.opens) for one in found] == [
        ("d-1", True, False),
        ("d-2", False, True),
    ]


def test_months_begin_between_two_moments() -> None:
    begins = past.month_starts(datetime(2025, 11, 5, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))

    assert [(at.year, at.month) for at in begins] == [(2025, 12), (2026, 1)]
