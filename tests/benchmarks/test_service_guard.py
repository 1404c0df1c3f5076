"""The guard fails on what became worse, and on nothing else."""

from __future__ import annotations

import json

import pytest

from benchmarks.service.guard import TABLE, Comparison, compare


@pytest.mark.parametrize(
    ("now", "before", "more_is_better", "failed"),
    [
        (0.10, 0.12, True, True),
        (0.11, 0.12, True, False),
        (0.30, 0.12, True, False),
        (5_800, 5_000, False, True),
        (5_700, 5_000, False, False),
        (1_000, 5_000, False, False),
    ],
)
def test_more_than_fifteen_percent_worse_fails(
    now: float, before: float, more_is_better: bool, failed: bool
) -> None:
    found = Comparison("figure", now, before, more_is_better)

    assert found.failed is failed
    assert found.line().startswith("FAILED" if failed else "ok")


def test_every_committed_figure_is_compared() -> None:
    committed = json.loads(TABLE.read_text())

    compared = compare(committed, committed)

    assert [one.name for one in compared] == list(committed)
    assert not any(one.failed for one in compared)
    assert all(one.more_is_better == ("CPU" in one.name) for one in compared)
