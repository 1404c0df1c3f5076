"""What is asked of measures.

From the address of a page or a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.measures.traits import group_problems
from nba_service.errors import Problem

LONGEST_DAYS: Final = 366
HIDE_BELOW: Final = 20
"""Cells of fewer customers are hidden from keys without ``admin``."""
_FIELDS: Final = ("days", "until", "phase", "channel", "arm", "target", "group")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A period and what is filtered.

    ``until``: the last day, included, in UTC; None: up to the newest rollup. ``target``: a phase, of
    touchpoints. ``group``: a condition in CEL on customers as they are now; None: all.
    """

    days: int = 28
    until: date | None = None
    phase: str | None = None
    channel: str | None = None
    arm: str | None = None
    target: str | None = None
    group: str | None = None
    hide_below: int = HIDE_BELOW

    def period(self, newest: datetime) -> tuple[int, int]:
        """The period in ms: as many whole days, the running one included."""
        last = self.until or newest.astimezone(UTC).date()
        until = datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC)
        end = round(until.timestamp() * 1000)
        return end - self.days * DAY_MS, end


def read_question(values: Mapping[str, str], journey: Journey, hide_below: int) -> Question:
    """The question that query parameters are.

    Raises:
        Problem: ``UNKNOWN_FIELD``, ``FIELD_RANGE``, ``TIME_INVALID``, ``UNKNOWN_PHASE``,
            ``UNKNOWN_CHANNEL``, ``UNKNOWN_NAME`` or ``FIELD_RANGE``.
    """
    for name in values:
        if name not in _FIELDS:
            raise Problem("UNKNOWN_FIELD", f"Expected {', '.join(_FIELDS)}, got {name[:50]!r}.")
    _known(values, "phase", journey.phase_index, "UNKNOWN_PHASE")
    _known(values, "target", journey.phase_index, "UNKNOWN_PHASE")
    _known(values, "channel", journey.channel_index, "UNKNOWN_CHANNEL")
    _known(values, "arm", {arm.name: 0 for arm in journey.objective.arms}, "UNKNOWN_NAME")
    if "group" in values and (wrong := group_problems(journey, values["group"])):
        raise Problem("FIELD_RANGE", f"group: {wrong[0]}.")
    return Question(
        days=_days(values.get("days", "28")),
        until=_day(values.get("until")),
        phase=values.get("phase"),
        channel=values.get("channel"),
        arm=values.get("arm"),
        target=values.get("target"),
        group=values.get("group"),
        hide_below=hide_below,
    )


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LONGEST_DAYS:
        raise Problem("FIELD_RANGE", f"days: expected a number from 1 to {LONGEST_DAYS}, got {text[:20]!r}.")
    return int(text)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Problem("TIME_INVALID", f"until: expected a day as 2026-11-27, got {text[:20]!r}.") from None
    if not 1970 < day.year < 2100:
        raise Problem("TIME_INVALID", f"until: expected a day from 1971 to 2099, got {text[:20]!r}.")
    return day


def _known(values: Mapping[str, str], field: str, names: Mapping[str, int], kind: str) -> None:
    name = values.get(field)
    if name is not None and name not in names:
        raise Problem(kind, f"{field}: expected one of {', '.join(names)}, got {name[:50]!r}.")
