"""The timeline of a customer: what is drawn of a long past."""

from __future__ import annotations

from datetime import UTC, datetime

from nba_service.console import customer_timeline
from nba_service.console.facts.timeline_events import OwnEvent


def test_a_long_past_is_drawn_in_part_but_never_without_what_moved_the_phase() -> None:
    def event(number: int, moved: bool) -> OwnEvent:
        return OwnEvent(at=datetime.fromtimestamp(number, UTC), name="visit", moved=moved)

    theirs = [event(number, number == 3) for number in range(1_000)]
    drawn = customer_timeline.drawn(theirs)

    assert len(drawn) == customer_timeline.MOST_DRAWN + 1
    assert drawn[0].moved
