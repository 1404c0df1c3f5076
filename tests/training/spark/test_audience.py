"""Spark and one machine decide the same for an audience and list the same contacts, scarce ones included."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from training.batch.command import contacts_on_tables, decide_on_tables

AUDIENCE = [f"c{number}" for number in range(0, 600, 5)]
AT = datetime(2026, 5, 2, 9, tzinfo=UTC)
BATCH_ROOM = 40  # of the channel in the journey of ``batch_folder``


def decided(folder: Path, out: Path, audience: list[str], **options: Any) -> list[dict[str, Any]]:
    decide_on_tables(
        registry=folder / "registry",
        data=str(folder / "tables"),
        audience=audience,
        channel="email",
        at=AT,
        run_id="mail-7",
        out=str(out),
        **options,
    )
    rows = [row for path in out.glob("decisions/*.parquet") for row in pq.read_table(path).to_pylist()]
    return sorted(rows, key=lambda row: str(row["customer_id"]))


def test_decisions_are_those_of_one_machine(spark: Any, batch_folder: Path, tmp_path: Path) -> None:
    on_spark = decided(batch_folder, tmp_path / "a", AUDIENCE, engine="spark", master="local[2]", shards=3)

    assert on_spark == decided(batch_folder, tmp_path / "b", AUDIENCE, engine="shards", shards=7)
    assert len(on_spark) == len(AUDIENCE)


def test_people_of_accounts_are_decided_as_on_one_machine(
    spark: Any, account_folder: Path, tmp_path: Path
) -> None:
    """Attributes of accounts come by Spark, and an account's people are in one task."""
    people = [f"p{number}" for number in range(400)]
    on_spark = decided(account_folder, tmp_path / "a", people, engine="spark", master="local[2]", shards=3)

    assert on_spark == decided(account_folder, tmp_path / "b", people, engine="shards", shards=7)
    assert len(on_spark) == 400


def test_whom_to_contact_next_is_that_of_one_machine(spark: Any, batch_folder: Path, tmp_path: Path) -> None:
    """No more than the day has room for, best times included."""
    asked = {"registry": batch_folder / "registry", "data": str(batch_folder / "tables"), "at": AT}

    on_spark = contacts_on_tables(
        channel="email", most=100, engine="spark", master="local[2]", shards=3, scratch=tmp_path, **asked
    )

    assert on_spark == contacts_on_tables(channel="email", most=100, engine="shards", shards=7, **asked)
    assert len(on_spark.contacts) == on_spark.room == BATCH_ROOM
    assert all(contact.best_time for contact in on_spark.contacts)
