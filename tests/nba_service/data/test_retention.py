"""What the journey file still looks at, and what was never exported, is not forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.domain.actions import ContactLimit
from models.domain.history import DAY_MS, to_ms
from models.domain.journey import Journey
from nba_service.data.retention import forget, needed
from nba_service.errors import RetentionError
from nba_service.settings import Settings
from nba_service.store import open_store
from nba_service.store.interface import Store
from nba_service.store.rows import InteractionRow

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(playbook_settings: Settings) -> Iterator[Store]:
    """An interaction of 400 days ago and one of 10 days ago."""
    made = open_store(playbook_settings)
    made.migrate()
    made.add_interactions(
        [
            InteractionRow(
                interaction_id=key, customer_id="c", occurred_at=to_ms(NOW) - days * DAY_MS, touchpoint="v"
            )
            for key, days in {"old": 400, "young": 10}.items()
        ]
    )
    yield made
    made.close()


def kept(store: Store) -> list[str]:
    return sorted(row["interaction_id"] for row in store.scan("interactions", "", 10))


def test_the_journey_file_says_how_far_back_is_looked(tiny_journey: Journey) -> None:
    """Its customers lapse after 90 days; nothing else looks further back."""
    assert needed(tiny_journey) == (90.0, "the lapse of phase customer")
    longer = replace(tiny_journey, response_window_days=200.0)
    assert needed(longer)[0] == 207.0


def test_what_is_still_looked_at_is_refused(store: Store, tiny_journey: Journey) -> None:
    with pytest.raises(RetentionError, match=r"at least 90 days.*lapse of phase customer.*got 89"):
        forget(store, tiny_journey, days=89, now=NOW, unexported=True, dry_run=True)


def test_what_was_never_exported_is_refused_unless_it_is_said(store: Store, tiny_journey: Journey) -> None:
    with pytest.raises(RetentionError, match="the last one: never"):
        forget(store, tiny_journey, days=100, now=NOW, unexported=False, dry_run=False)
    store.note_export(to_ms(NOW) - 101 * DAY_MS)
    with pytest.raises(RetentionError, match="nba export"):
        forget(store, tiny_journey, days=100, now=NOW, unexported=False, dry_run=False)

    done = forget(store, tiny_journey, days=100, now=NOW, unexported=True, dry_run=False)
    assert done.rows == {"interactions": 1, "decisions": 0, "outcomes": 0}


def test_whatever_looks_back_furthest_counts(tiny_journey: Journey) -> None:
    """Response and delivery windows are 7 days each in the tiny journey."""
    limit = ContactLimit(code="TWICE_A_YEAR", count=2, window_days=365)
    limited = replace(tiny_journey, contact_limits=(*tiny_journey.contact_limits, limit))
    repeated = replace(
        tiny_journey,
        actions=tuple(replace(one, repeat_after_days=100) for one in tiny_journey.actions),
    )
    staying = replace(tiny_journey, phases=tuple(replace(one, lapse=None) for one in tiny_journey.phases))

    assert needed(limited) == (365, "the contact limit TWICE_A_YEAR")
    assert needed(repeated)[0] == 100
    assert needed(repeated)[1].startswith("repeat_after_days of ")
    assert needed(staying)[0] == 14


def test_a_dry_run_counts_and_deletes_nothing_without_an_export(store: Store, tiny_journey: Journey) -> None:
    found = forget(store, tiny_journey, days=90, now=NOW, unexported=False, dry_run=True)

    assert found.rows == {"interactions": 1, "decisions": 0, "outcomes": 0}
    assert (found.before, found.kept_open) == (datetime(2026, 8, 22, 12, 0, tzinfo=UTC), 0)
    assert kept(store) == ["old", "young"]


def test_what_an_export_has_may_go(store: Store, tiny_journey: Journey) -> None:
    store.note_export(to_ms(NOW) - 90 * DAY_MS)

    done = forget(store, tiny_journey, days=90, now=NOW, unexported=False, dry_run=False)

    assert done.rows["interactions"] == 1
    assert kept(store) == ["young"]
