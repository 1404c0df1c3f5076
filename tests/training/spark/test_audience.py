"""Spark and one machine decide the same for an audience, scarce contacts included."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from training.batch.command import decide_on_tables

AUDIENCE = [f"c{number}" for number in range(0, 600, 5)]


def decided(folder: Path, out: Path, **options: Any) -> list[dict[str, Any]]:
    decide_on_tables(
        registry=folder / "registry",
        data=str(folder / "tables"),
        audience=AUDIENCE,
        channel="email",
        at=datetime(2026, 5, 2, 9, tzinfo=UTC),
        run_id="mail-7",
        out=str(out),
        **options,
    )
    rows = [row for path in out.glob("decisions/*.parquet") for row in pq.read_table(path).to_pylist()]
    return sorted(rows, key=lambda row: str(row["customer_id"]))


def test_decisions_are_those_of_one_machine(spark: Any, batch_folder: Path, tmp_path: Path) -> None:
    on_spark = decided(batch_folder, tmp_path / "a", engine="spark", master="local[2]", shards=3)

    assert on_spark == decided(batch_folder, tmp_path / "b", engine="shards", shards=7)
    assert len(on_spark) == len(AUDIENCE)
