"""Old rows are counted as they are deleted, on each database."""

from __future__ import annotations

from dataclasses import replace

from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import FAR, decision, interaction, outcome

DAY = 86_400_000


def fill(store: SqlStore) -> None:
    store.add_interactions([interaction("old", at=DAY), interaction("new", at=9 * DAY)])
    store.add_decisions(
        [
            decision("old", at=DAY, delivered=DAY),
            replace(decision("open", at=DAY, delivered=None), deliver_by=30 * DAY),
            decision("new", at=9 * DAY, delivered=9 * DAY),
        ]
    )
    store.add_outcomes([outcome("o", "old", at=2 * DAY), outcome("loose", "unknown", at=DAY)])


def test_what_is_counted_is_what_goes(store: SqlStore) -> None:
    fill(store)
    counted = store.old_rows(5 * DAY, 20 * DAY)
    assert counted == {"interactions": 1, "decisions": 1, "outcomes": 2, "kept_open": 1}

    assert store.forget_old(5 * DAY, 20 * DAY) == {"interactions": 1, "decisions": 1, "outcomes": 2}

    assert sorted(store.decisions(["old", "open", "new"])) == ["new", "open"]
    assert [event.key for event in store.state("c", FAR, 10).events if event.source == "interaction"] == [
        "new"
    ]
    assert store.old_rows(5 * DAY, 20 * DAY) == {
        "interactions": 0,
        "decisions": 0,
        "outcomes": 0,
        "kept_open": 1,
    }


def test_what_went_is_in_the_audit_log(store: SqlStore) -> None:
    fill(store)

    store.forget_old(5 * DAY, 20 * DAY)

    (entry,) = store.audit_log.entries()
    assert entry.kind == "retention"
    assert '"interactions":1' in entry.detail
