"""What a worker begins with is looked at no more, and new objects seldom."""

from __future__ import annotations

import gc

from nba_service.process.garbage import settle


def test_what_is_there_is_frozen_and_a_batch_of_new_objects_is_not_looked_at() -> None:
    before = gc.get_threshold()
    try:
        settle()
        looked = gc.get_stats()[0]["collections"]
        alive = [[] for _ in range(10_000)]

        assert gc.get_freeze_count() > 0
        assert gc.get_stats()[0]["collections"] - looked <= 1
        assert len(alive) == 10_000
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
