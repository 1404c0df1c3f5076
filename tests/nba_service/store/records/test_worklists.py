"""Lists in the store: one at a time, honest about who is gone, and gone with those they name."""

from __future__ import annotations

import itertools
from dataclasses import replace

from nba_service.store.interface import Store
from nba_service.store.records.worklists import DONE, INTERRUPTED, KEPT_MS, RUNNING, STALE_MS, WorklistRow

NOW = 1_700_000_000_000
ROW = WorklistRow(worklist_id="w", channel="phone", capacity=2, at=NOW, started_at=NOW, beat_at=NOW)


def test_one_at_a_time_while_it_gives_signs_of_life(store: Store) -> None:
    table = store.worklists
    assert table.begin(ROW) is None
    later = replace(ROW, worklist_id="x", started_at=NOW + STALE_MS, beat_at=NOW + STALE_MS)
    assert table.begin(later) == ROW
    table.beat("w", 256, NOW + STALE_MS)
    much_later = NOW + 2 * STALE_MS + 1
    held = table.find("w")
    assert held is not None
    assert (held.decided, held.state_at(much_later - 1), held.state_at(much_later)) == (
        256,
        RUNNING,
        INTERRUPTED,
    )
    assert table.begin(replace(later, started_at=much_later, beat_at=much_later)) is None


def test_it_ends_with_a_list_or_a_problem(store: Store) -> None:
    table = store.worklists
    table.begin(ROW)
    table.end("w", NOW + 1, answer="{}")
    done = table.find("w")
    assert done is not None
    assert (done.state_at(NOW + 10 * STALE_MS), done.answer, done.problem) == (DONE, "{}", None)
    assert table.begin(replace(ROW, worklist_id="x")) is None
    table.end("x", NOW + 1, problem="UNKNOWN_CHANNEL: none")
    failed = table.find("x")
    assert failed is not None
    assert (failed.state, failed.problem) == ("failed", "UNKNOWN_CHANNEL: none")
    assert table.find("y") is None


def test_lists_go_with_a_customer_who_is_forgotten_and_after_days(store: Store) -> None:
    table, names = store.worklists, (f"nobody-{n}" for n in itertools.count())
    table.begin(ROW)
    table.end("w", NOW, answer='{"contacts":[{"customer_id":"c-1"}]}')
    store.erase("c-2", names)
    assert table.find("w") is not None, "it does not name them"
    store.erase("c-1", names)
    assert table.find("w") is None
    table.begin(ROW)
    table.end("w", NOW, answer="{}")
    table.begin(replace(ROW, worklist_id="x", started_at=NOW + KEPT_MS + 1))
    assert table.find("w") is None
