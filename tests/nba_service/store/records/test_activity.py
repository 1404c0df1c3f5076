"""How much happened by day and channel, on each database."""

from __future__ import annotations

from models.domain.history import DAY_MS
from nba_service.store.rows import InteractionRow
from nba_service.store.sql_store import SqlStore


def test_events_are_counted_by_channel_and_utc_day(store: SqlStore) -> None:
    rows = [
        InteractionRow(
            interaction_id=f"i-{n}", customer_id="c", occurred_at=at, touchpoint="visit", channel=channel
        )
        for n, (at, channel) in enumerate(
            [
                (3 * DAY_MS, "web"),
                (4 * DAY_MS - 1, "web"),
                (4 * DAY_MS, "web"),
                (4 * DAY_MS, None),
                (5, "web"),
            ]
        )
    ]
    store.add_interactions(rows)

    found = {(one.channel, one.day): (one.events, one.newest) for one in store.activity.events_by_day(DAY_MS)}

    assert found == {
        ("web", 3): (2, 4 * DAY_MS - 1),
        ("web", 4): (1, 4 * DAY_MS),
        (None, 4): (1, 4 * DAY_MS),
    }
    assert store.activity.decisions_by_day(0) == {}
