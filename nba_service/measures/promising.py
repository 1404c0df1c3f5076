"""The measure ``promises``: propensity against response, week by week."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.domain.decision import Reason
from models.domain.history import DAY_MS, from_ms
from models.measures.customers import within
from models.measures.promises import WeekOfPromises, judged_contacts, promises_by_week
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading
from nba_service.measures.rollups.packing import WEEK_MS

_OUTAGE_SHARE = 0.01
"""Of a day's decisions that no model made: then the day is told."""


def promises(reading: Reading, question: Question) -> dict[str, Any]:
    """The measure as JSON values; weeks end with the period, the first may be short."""
    decisions = within(reading.log.decisions, reading.since, reading.until)
    for field in ("phase", "channel"):
        asked = getattr(question, field)
        if asked is not None:
            decisions = decisions[decisions[field] == reading.names.find(asked)]
    begins = [max(end - WEEK_MS, reading.since) for end in range(reading.until, reading.since, -WEEK_MS)][
        ::-1
    ]
    weeks = promises_by_week(judged_contacts(decisions, reading.now), begins, reading.until)
    return {
        "weeks": [_week(week, question.hide_below) for week in weeks],
        "outages": outages(reading),
    }


def outages(reading: Reading) -> list[str]:
    """Days on which decisions were made without a model."""
    decisions = within(reading.log.decisions, reading.since, reading.until)
    days = (decisions["at"] - reading.since) // DAY_MS
    count = np.bincount(days)
    without = decisions["reason"] == reading.names.find(Reason.MODEL_UNAVAILABLE.value)
    missing = np.bincount(days[without], minlength=len(count))
    found = np.flatnonzero(missing > _OUTAGE_SHARE * np.maximum(count, 1))
    return [from_ms(reading.since + day * DAY_MS).date().isoformat() for day in found.tolist()]


def _week(week: WeekOfPromises, hide: int) -> dict[str, Any]:
    hidden = 0 < week.customers < hide
    return {
        "since": from_ms(week.since).date().isoformat(),
        "until": from_ms(week.until).date().isoformat(),
        "contacts": None if hidden else week.contacts,
        "promised": None if hidden else week.promised,
        "happened": None if hidden or week.happened is None else week.happened.to_json(None),
        "hidden": hidden,
    }
