"""What was packed comes back bit for bit, week by week."""

from __future__ import annotations

import numpy as np

from models.measures.log.records import DECISION, KINDS, Log
from nba_service.measures.rollups.packing import WEEK_MS, by_week, pack, unpack


def test_packs_put_end_to_end_are_the_records() -> None:
    records = np.zeros(3, dtype=DECISION)
    records["at"], records["probability"] = [1, 2, 3], [0.1, np.nan, 0.3]

    assert unpack("decisions", [pack(records[:1]), pack(records[1:])]).tobytes() == records.tobytes()
    assert pack(records[:0]) == b""
    assert len(unpack("decisions", [])) == 0


def test_weeks_are_parted_and_sorted_by_customer_and_time() -> None:
    empty = {kind: np.zeros(0, dtype=type_) for kind, type_ in KINDS.items()}
    records = np.zeros(3, dtype=DECISION)
    records["customer"], records["at"] = [2, 1, 1], [5, WEEK_MS + 1, 3]
    parts = by_week(Log(**{**empty, "decisions": records}))

    assert {place: part["at"].tolist() for place, part in parts.items()} == {
        ("decisions", 0): [3, 5],
        ("decisions", 1): [WEEK_MS + 1],
    }
