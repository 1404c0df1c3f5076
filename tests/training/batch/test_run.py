"""An engine of any kind writes the same decisions: here of one machine and of Spark."""

from __future__ import annotations

from collections import Counter

from training.batch.run import BatchResult


def test_a_result_says_how_many_got_what() -> None:
    told = BatchResult(decisions=3, actions=Counter(teaser=2, nothing=1), moved=1, prices={"call": 2.5})

    assert told.actions.total() == told.decisions
