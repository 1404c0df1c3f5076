"""A row that is not used has one reason, and every reason can be counted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa

from training.data.rejects import Checks, Reject, summary, write_rejects


def test_the_first_reason_found_is_a_rows_reason() -> None:
    checks = Checks(table="outcomes", ids=pa.array(["a", "b", "c"]))
    checks.refuse(np.array([False, True, False]), "value", "expected a finite number")
    checks.refuse(np.array([False, True, True]), "outcome", lambda row: f"row {row} is unknown")

    assert checks.good.tolist() == [True, False, False]
    assert [(r.row, r.id, r.column, r.reason) for r in checks.rejects] == [
        (2, "b", "value", "expected a finite number"),
        (3, "c", "outcome", "row 2 is unknown"),
    ]


def test_the_most_frequent_reason_comes_first() -> None:
    rejects = [Reject(table="t", row=i, id=None, column=c, reason="r") for i, c in enumerate("abb")]

    assert summary(rejects) == [("t", "b", "r", 2), ("t", "a", "r", 1)]


def test_rejects_are_written_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "new" / "rejects.jsonl"
    write_rejects([Reject(table="t", row=1, id="ü", column="c", reason="r")], path)

    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == [
        {"table": "t", "row": 1, "id": "ü", "column": "c", "reason": "r"}
    ]
