"""Results of studies become JSON values without losing what they say."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from training.evaluation.off_policy.bootstrap import Estimate
from training.studies.plain import plain


def test_dataclasses_times_and_numbers_that_are_none() -> None:
    value = {
        "gain": Estimate(value=1.23456789, low=float("nan"), high=float("inf")),
        "at": datetime(2026, 5, 1, tzinfo=UTC),
        "rows": (1, "two", None),
    }

    assert plain(value) == {
        "gain": {"value": 1.234568, "low": None, "high": None},
        "at": "2026-05-01T00:00:00Z",
        "rows": [1, "two", None],
    }
    assert json.dumps(plain(value), allow_nan=False)
