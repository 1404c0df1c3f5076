"""A source that is usually heard of every day and was silent is told; one that is seldom heard of is not."""

from __future__ import annotations

from nba_service.console.facts.feed_gaps import Gap, as_changes, feed_gaps
from nba_service.console.wording import Words
from nba_service.store.records.activity import SourceDay

TODAY = 20_770


def days(channel: str | None, back: list[int]) -> list[SourceDay]:
    return [SourceDay(channel, TODAY - day, 5, 0) for day in back]


def test_silent_days_in_a_row_are_one_gap() -> None:
    back = [day for day in range(60) if day not in (10, 11, 30)]

    assert feed_gaps(days("email", back), TODAY) == [
        Gap("email", TODAY - 30, TODAY - 30),
        Gap("email", TODAY - 11, TODAY - 10),
    ]


def test_a_gap_that_lasts_is_told_without_today() -> None:
    """Silent since three days; today may still become whole."""
    assert feed_gaps(days("web", list(range(3, 60))), TODAY) == [Gap("web", TODAY - 2, TODAY - 1)]
    assert feed_gaps(days("web", list(range(1, 60))), TODAY) == []


def test_who_is_seldom_heard_of_or_new_has_no_gaps() -> None:
    assert feed_gaps(days("letter", list(range(0, 60, 2))), TODAY) == []
    assert feed_gaps(days("new", [0, 1, 2, 4, 5, 6]), TODAY) == []
    assert feed_gaps(days(None, [day for day in range(60) if day != 9]), TODAY) == []
    assert feed_gaps([], TODAY) == []


def test_channels_that_fall_silent_together_are_one_change_in_words() -> None:
    gaps = [
        Gap("app", TODAY - 3, TODAY - 2),
        Gap("web", TODAY - 3, TODAY - 2),
        Gap("sms", TODAY - 9, TODAY - 9),
    ]
    first, second = as_changes(gaps)

    assert first.marks
    assert " ".join(first.sentence(Words("en"))) == "No events came for 2 days: app, web"
    assert " ".join(second.sentence(Words("de"))) == "Einen Tag lang kamen keine Ereignisse: sms"
