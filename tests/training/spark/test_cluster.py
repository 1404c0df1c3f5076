"""Spark and a laptop make the same features, bit for bit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models.registry import Registry
from training import api
from training.config import TrainingConfig
from training.fit.prepared import Prepared
from training.run.in_buckets import load_in_buckets
from training.run.inputs import prepare_rows, read_tables
from training.run.progress import Progress
from training.shards.engine import Buckets
from training.spark.cluster import Cluster

SEED = 3


def on_spark(spark: Any, config: TrainingConfig, data: Path, scratch: Path, count: int) -> Prepared:
    buckets = Buckets(count=count, engine=Cluster(spark), scratch=scratch)
    made = load_in_buckets(config, str(data), Progress(), buckets, SEED).made
    assert made is not None
    return made.prepared


def on_a_laptop(config: TrainingConfig, data: Path) -> Prepared:
    journey, _, validated = read_tables(config, data, Progress())
    return prepare_rows(config, journey, validated, SEED, Progress())


def same(one: Prepared, other: Prepared) -> bool:
    """Features, labels, phases and parts of all rows."""
    pairs: Iterator[tuple[Any, Any]] = iter(
        [
            (one.customer_x, other.customer_x),
            (one.candidate_x, other.candidate_x),
            (one.rows.response, other.rows.response),
            (one.rows.next_phase, other.rows.next_phase),
            (one.rows.reward, other.rows.reward),
            (one.situations.phase, other.situations.phase),
            (one.split.part, other.split.part),
        ]
    )
    return one.spec == other.spec and all(
        a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs
    )


def test_features_are_those_of_a_laptop(
    spark: Any, parquet_config: TrainingConfig, parquet_folder: Path, tmp_path: Path
) -> None:
    prepared = on_spark(spark, parquet_config, parquet_folder, tmp_path, 5)

    assert same(prepared, on_a_laptop(parquet_config, parquet_folder))


def many_of(customer: str, schema: pa.Schema) -> pa.Table:
    """A million events, ten seconds apart, at a fair."""
    n, first = 1_000_000, datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    names = [f"x{number}" for number in range(n)]
    times = pa.array(np.arange(n) * 10_000 + round(first * 1_000), pa.timestamp("ms", "UTC"))
    told = {
        "interaction_id": pa.array(names),
        "customer_id": pa.array([customer] * n),
        "occurred_at": times.cast(schema.field("occurred_at").type),
        "touchpoint": pa.array(["fair"] * n),
    }
    columns = [told.get(field.name, pa.nulls(n, field.type)) for field in schema]
    return pa.table(columns, schema)


def test_one_customer_may_have_most_events_and_buckets_may_be_empty(
    spark: Any, parquet_config: TrainingConfig, parquet_folder: Path, log_folder: Path, tmp_path: Path
) -> None:
    """Twelve customers in forty buckets; one has a million events, a touchpoint and a word of their own."""
    few = [f"c{number}" for number in range(12)]
    data = tmp_path / "data"
    data.mkdir()
    journey = tmp_path / "journey.yaml"
    journey.write_text(
        log_folder.joinpath("journey.yaml")
        .read_text()
        .replace("attributes:\n", "attributes:\n  region: {type: category}\n")
    )
    for path in parquet_folder.glob("*.parquet"):
        table = pq.read_table(path)
        if "customer_id" in table.column_names:
            table = table.filter(pa.compute.is_in(table["customer_id"], value_set=pa.array(few)))
        if path.stem == "interactions":
            table = pa.concat_tables([table, many_of("c7", table.schema)])
        if path.stem == "customers":
            regions = [
                {"region": "alps" if name == "c7" else "coast"} for name in table["customer_id"].to_pylist()
            ]
            at = table.schema.get_field_index("attributes")
            table = table.set_column(
                at, table.schema.field(at), pa.array(map(json.dumps, regions), pa.string())
            )
        pq.write_table(table, data / path.name)
    config = replace(
        parquet_config,
        journey=journey,
        reject_share=1.0,
        split=replace(parquet_config.split, calibrate_from=0.4, test_from=0.6),
    )

    prepared = on_spark(spark, config, data, tmp_path, 40)

    assert "fair" in prepared.spec.touchpoints
    assert [each.values for each in prepared.spec.attributes if each.name == "region"] == [("coast", "alps")]
    assert same(prepared, on_a_laptop(config, data))


def test_buckets_of_accounts_publish_the_bundle_of_one_process(
    spark: Any, account_folder: Path, tmp_path: Path
) -> None:
    buckets = Buckets(count=3, engine=Cluster(spark), scratch=tmp_path)
    dataset = api.load_tables(
        account_folder / "tables", account_folder / "training.yaml", buckets=buckets, seed=3
    )

    result = api.train(dataset, tmp_path / "registry", seed=3)

    alone = Registry(account_folder / "registry")
    assert result.manifest.content_sha256 == alone.load(str(alone.champion())).manifest.content_sha256
