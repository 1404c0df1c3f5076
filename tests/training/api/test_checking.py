"""Findings of tables and rows together, warnings first."""

from __future__ import annotations

from training.api import Dataset, check


def test_warnings_come_first(dataset: Dataset) -> None:
    found = check(dataset)

    assert {each.name for each in found} >= {"exploration", "coverage"}
    flags = [each.warning for each in found]
    assert flags == sorted(flags, reverse=True)
