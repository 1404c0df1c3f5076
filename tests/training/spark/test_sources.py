"""Spark reads the same rows as DuckDB, each in the bucket of its customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.errors import TrainingConfigError, TrainingDataError
from training.config import TrainingConfig, read_config
from training.spark.sources import BUCKET, read_rows, refuse_repeats, without_order


@pytest.mark.parametrize(
    ("sql", "left"),
    [
        ("SELECT * FROM visits ORDER BY at, visit_id", "SELECT * FROM visits"),
        ("SELECT *\nFROM visits\norder by at DESC NULLS LAST;\n", "SELECT *\nFROM visits"),
        ("SELECT * FROM (SELECT * FROM visits ORDER BY at)", None),
        ("SELECT *, row_number() OVER (ORDER BY at) AS n FROM visits", None),
        ("SELECT * FROM visits ORDER BY at LIMIT 10", None),
        ("SELECT * FROM visits ORDER BY lower(page)", None),
        ("SELECT 'ORDER BY x' AS how FROM visits", None),
        ("-- as they ORDER BY\nSELECT * FROM visits", None),
        (
            "SELECT * FROM (SELECT * FROM a ORDER BY b LIMIT 3) ORDER BY c",
            "SELECT * FROM (SELECT * FROM a ORDER BY b LIMIT 3)",
        ),
    ],
)
def test_only_the_order_of_all_rows_is_left_out(sql: str, left: str | None) -> None:
    assert without_order(sql) == (sql if left is None else left)


def test_outcomes_are_with_their_decision(
    spark: Any, parquet_config: TrainingConfig, parquet_folder: Path
) -> None:
    rows = read_rows(spark, parquet_config, str(parquet_folder), 4)

    tables = {name: rows[name].toArrow() for name in ("decisions", "outcomes")}
    decisions, outcomes = tables["decisions"], tables["outcomes"]
    bucket = dict(zip(decisions["decision_id"].to_pylist(), decisions[BUCKET].to_pylist(), strict=True))
    of_outcome = zip(outcomes["decision_id"].to_pylist(), outcomes[BUCKET].to_pylist(), strict=True)
    assert tables["decisions"].num_rows == 3_600
    assert all(bucket[decision] == where for decision, where in of_outcome if decision is not None)
    assert set(bucket.values()) == {0, 1, 2, 3}


def test_an_id_of_two_customers_is_refused(
    spark: Any, parquet_config: TrainingConfig, parquet_folder: Path, tmp_path: Path
) -> None:
    for path in parquet_folder.glob("*.parquet"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    visits = pq.read_table(tmp_path / "interactions.parquet")
    again = visits.slice(0, 1).set_column(1, "customer_id", pa.array(["c599"]))
    pq.write_table(pa.concat_tables([visits, again.cast(visits.schema)]), tmp_path / "interactions.parquet")

    rows = read_rows(spark, parquet_config, str(tmp_path), 50)
    with pytest.raises(TrainingDataError, match="interaction_id 'i0-0' belongs to several customers"):
        refuse_repeats(rows, ["decisions", "interactions"])


def test_other_files_than_parquet_are_refused(spark: Any, log_folder: Path) -> None:
    with pytest.raises(TrainingConfigError, match=r"Spark reads Parquet files, got 'interactions\.jsonl'"):
        read_rows(spark, read_config(log_folder / "training.yaml"), str(log_folder), 2)


def test_sql_that_spark_does_not_know_is_named(
    spark: Any, parquet_config: TrainingConfig, parquet_folder: Path
) -> None:
    wrong = replace(parquet_config, tables={"interactions": "SELECT nothing_such FROM interactions"})

    with pytest.raises(TrainingDataError, match=r"table 'interactions'.*nothing_such"):
        read_rows(spark, wrong, str(parquet_folder), 2)


def test_somebody_who_changed_accounts_is_refused_by_name(
    spark: Any, account_folder: Path, tmp_path: Path
) -> None:
    rows = pq.read_table(account_folder / "tables/customers.parquet").slice(0, 3)
    moved = rows.to_pylist()[1] | {"account_id": "a77", "valid_from": datetime(2026, 2, 1, tzinfo=UTC)}
    pq.write_table(
        pa.concat_tables([rows, pa.Table.from_pylist([moved], rows.schema)]), tmp_path / "customers.parquet"
    )
    config = read_config(account_folder / "training.yaml")

    with pytest.raises(TrainingDataError, match=r"'p1' is in several accounts.*whole accounts"):
        read_rows(spark, config, str(tmp_path), 4, accounts=True)
