"""What changed on the days of a chart.

Promotions, rollbacks, trials, other journey files; days on which the service was in trouble, a source of
events was silent, or no model decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from models.domain.history import DAY_MS, to_ms
from models.drawing.time_charts import Mark
from models.errors import NBAError
from models.registry import Registry
from nba_service.console.facts.activity_cache import ActivityCache
from nba_service.console.facts.changes import SHOWN, Changed, changes
from nba_service.console.facts.feed_gaps import as_changes, feed_gaps
from nba_service.console.wording import Words
from nba_service.http.current import current
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.store.records.audit_log import Entry

LETTERS: Final = "ABCDEFGHJKLM"
_ENTRIES: Final = 200
_SECONDS: Final = 2.0


def all_changes(now: datetime) -> list[Changed]:
    """What changed or went wrong, the newest first; empty where no log can be read."""
    try:
        history = Registry(current(Settings).registry).history()
    except (NBAError, OSError):
        history = ()
    _, events = current(ActivityCache).of(current(ResilientStore), now)
    found = [*changes(history, _entries()), *as_changes(feed_gaps(events, to_ms(now) // DAY_MS))]
    return sorted(found, key=lambda one: one.at, reverse=True)


def marked_changes(now: datetime) -> list[Changed]:
    """What can explain a bend in a curve, the newest first."""
    return [one for one in all_changes(now) if one.marks]


def marks_on(
    t: Words, days: Sequence[str], found: Sequence[Changed], outages: Sequence[str] = ()
) -> list[Mark]:
    """Changes that fall on one of the days or up to the next, the oldest first, lettered.

    Args:
        days: beginnings of what a chart shows, such as ``2026-11-12``, ascending.
        outages: days on which no model decided.
    """
    told = [(one.at.strftime("%Y-%m-%d"), " ".join(one.sentence(t))) for one in reversed(found)]
    told += [
        (first, t("changed.outage.what") if first == last else t("changed.outage.days", n=n))
        for first, last, n in runs_of(outages)
    ]
    placed = [(place, words) for day, words in sorted(told) if (place := _place(days, day)) is not None]
    return [
        Mark(position=place, letter=letter, title=words)
        for letter, (place, words) in zip(LETTERS, placed, strict=False)
    ]


def days_until(now: datetime, count: int) -> list[str]:
    """The last so many days, today included, as a small chart shows them."""
    return [(now - timedelta(days=back)).strftime("%Y-%m-%d") for back in range(count - 1, -1, -1)]


def runs_of(days: Sequence[str]) -> list[tuple[str, str, int]]:
    """Days in a row as first, last and how many."""
    found: list[tuple[str, str, int]] = []
    for day in sorted(days):
        if found and datetime.fromisoformat(day) - datetime.fromisoformat(found[-1][1]) == timedelta(days=1):
            first, _, n = found[-1]
            found[-1] = (first, day, n + 1)
        else:
            found.append((day, day, 1))
    return found


def marks_by_place(
    t: Words, days: Sequence[str], found_changes: Sequence[Changed], outages: Sequence[str] = ()
) -> dict[int, str]:
    """What changed on the days of a small chart: place → words."""
    found: dict[int, list[str]] = {}
    for mark in marks_on(t, days, found_changes, outages):
        found.setdefault(mark.position, []).append(mark.title)
    return {place: "; ".join(words) for place, words in found.items()}


def _place(days: Sequence[str], day: str) -> int | None:
    """The last beginning that is not after the day; None: the day lies outside."""
    if not days or day < days[0]:
        return None
    place = sum(begin <= day for begin in days) - 1
    length = _length(days)
    inside = (datetime.fromisoformat(day) - datetime.fromisoformat(days[place])).days < length
    return place if inside else None


def _length(days: Sequence[str]) -> int:
    """How many days one step of a chart is."""
    if len(days) < 2:
        return 1
    return (datetime.fromisoformat(days[-1]) - datetime.fromisoformat(days[-2])).days


def _entries() -> Sequence[Entry]:
    store = current(ResilientStore)
    try:
        return store.ask(lambda: store.plain.overview.audit_entries(_ENTRIES, SHOWN), _SECONDS)
    except NBAError:
        return ()
