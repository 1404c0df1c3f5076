"""A question is read strictly, and its days are whole ones."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from models.domain.journey import Journey
from nba_service.errors import Problem
from nba_service.measures.questions import Question, read_question

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_period_is_whole_days_with_the_last_one() -> None:
    since, until = Question(days=7, until=date(2026, 11, 19)).period(NOON)
    running = Question(days=1).period(NOON)

    assert datetime.fromtimestamp(since / 1000, UTC) == datetime(2026, 11, 13, tzinfo=UTC)
    assert datetime.fromtimestamp(until / 1000, UTC) == datetime(2026, 11, 20, tzinfo=UTC)
    assert running[0] == until


def test_what_is_asked_for_is_read(tiny_journey: Journey) -> None:
    asked = read_question({"days": "90", "until": "2026-11-19", "phase": "customer"}, tiny_journey, 20)

    assert asked == Question(days=90, until=date(2026, 11, 19), phase="customer", hide_below=20)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"day": "1"}, "UNKNOWN_FIELD"),
        ({"days": "0"}, "FIELD_RANGE"),
        ({"days": "²"}, "FIELD_RANGE"),
        ({"until": "yesterday"}, "TIME_INVALID"),
        ({"until": "9999-12-31"}, "TIME_INVALID"),
        ({"phase": "nowhere"}, "UNKNOWN_PHASE"),
        ({"channel": "fax"}, "UNKNOWN_CHANNEL"),
        ({"arm": "third"}, "UNKNOWN_NAME"),
    ],
)
def test_what_cannot_be_is_refused(tiny_journey: Journey, values: dict[str, str], kind: str) -> None:
    with pytest.raises(Problem) as refused:
        read_question(values, tiny_journey, 20)
    assert refused.value.kind == kind
