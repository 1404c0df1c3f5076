"""Days on which a usual source of events was silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from models.domain.history import DAY_MS
from nba_service.console.facts.changes import Changed
from nba_service.store.records.activity import SourceDay

USUAL: Final = 0.9
"""Since it was first seen a source must have had events on so many days, or its silence says nothing."""
_FEWEST_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Gap:
    """Days in a row without an event of a channel.

    Whole UTC days since 1970, both included.
    """

    channel: str
    first: int
    last: int


def feed_gaps(events: Sequence[SourceDay], today: int) -> list[Gap]:
    """Silent days of each channel, yesterday included; the day that runs may still become whole."""
    days: dict[str, set[int]] = {}
    for one in events:
        days.setdefault(one.channel or "", set()).add(one.day)
    found = []
    for channel, seen in sorted(days.items()):
        span = today - min(seen)
        if not channel or span < _FEWEST_DAYS or len(seen - {today}) < USUAL * span:
            continue
        found += _silent(channel, seen, min(seen), today)
    return found


def _silent(channel: str, seen: set[int], first: int, today: int) -> list[Gap]:
    gaps: list[Gap] = []
    for day in range(first, today):
        if day in seen:
            continue
        if gaps and gaps[-1].last == day - 1:
            gaps[-1] = Gap(channel, gaps[-1].first, day)
        else:
            gaps.append(Gap(channel, day, day))
    return gaps


def as_changes(gaps: Sequence[Gap]) -> list[Changed]:
    """One event for all channels that fell silent on the same day for as long."""
    together: dict[tuple[int, int], list[str]] = {}
    for gap in gaps:
        together.setdefault((gap.first, gap.last), []).append(gap.channel)
    return [
        Changed(
            at=datetime.fromtimestamp(first * DAY_MS / 1000, UTC),
            kind="feed_gap" if first == last else "feed_gap_days",
            subject=", ".join(channels),
            values={"channels": ", ".join(channels), "n": str(last - first + 1)},
            marks=True,
        )
        for (first, last), channels in together.items()
    ]
