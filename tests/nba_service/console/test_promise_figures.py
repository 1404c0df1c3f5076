"""Promises by week: a headline for each case, and weeks of few people leave a gap."""

from __future__ import annotations

from typing import Any

import pytest

from models.drawing.time_charts import Mark
from nba_service.console.promise_figures import draw_weeks, known_weeks, week_table, weeks_title
from nba_service.console.wording import Words


def week(since: str, promised: float | None, came: float | None = None) -> dict[str, Any]:
    happened = None if came is None else {"value": came, "low": came - 0.02, "high": came + 0.02}
    return {"since": since, "until": since, "contacts": 100, "promised": promised, "happened": happened}


KEPT, OFF = week("2026-11-01", 0.1, 0.11), week("2026-11-08", 0.1, 0.2)


@pytest.mark.parametrize(
    ("weeks", "english", "german"),
    [
        ([], "by week", "je Woche"),
        ([week("2026-11-01", None)], "by week", "je Woche"),
        ([KEPT], "In 1 of 1 weeks as many responded as was promised", "In 1 von 1 Wochen"),
        ([KEPT, OFF], "Only in 1 of 2 weeks", "Nur in 1 von 2 Wochen"),
    ],
)
def test_each_case_has_its_headline(weeks: Any, english: str, german: str) -> None:
    assert english in weeks_title(Words("en"), weeks)
    assert german in weeks_title(Words("de"), weeks)


def test_what_is_not_known_is_not_drawn() -> None:
    marks = [Mark(position=1, letter="A", title="b became champion")]
    drawn = draw_weeks(Words("en"), [KEPT, OFF, week("2026-11-15", None)], marks)

    assert drawn.count("<title>promised") == 4  # two weeks at two widths
    assert "b became champion" in drawn
    assert len(known_weeks([KEPT, week("x", None)])) == 1
    assert len(week_table([KEPT, OFF]).rows) == 2
