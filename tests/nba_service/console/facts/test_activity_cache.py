"""Days are asked of the store seldom, and a store that is gone gives none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from nba_service.console.facts.activity_cache import ActivityCache
from nba_service.services import Services
from nba_service.store.rows import InteractionRow

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MS = 1_795_176_000_000


def visit(number: int) -> InteractionRow:
    return InteractionRow(
        interaction_id=f"i-{number}",
        customer_id="c-1",
        occurred_at=MS - 1_000,
        touchpoint="visit",
        channel="web",
    )


def test_what_happened_is_asked_again_after_ten_minutes(parts: Services) -> None:
    cache = ActivityCache()
    parts.store.plain.add_interactions([visit(1)])
    first = cache.of(parts.store, NOW)[1]
    parts.store.plain.add_interactions([visit(2)])

    assert [one.events for one in first] == [1]
    assert cache.of(parts.store, NOW + timedelta(minutes=9))[1] is first
    assert [one.events for one in cache.of(parts.store, NOW + timedelta(minutes=11))[1]] == [2]
