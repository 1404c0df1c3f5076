"""Whole accounts are in one bucket, so a training in buckets publishes the bundle of one process."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.errors import TrainingDataError
from models.registry import Registry
from training import api
from training.config import read_config
from training.shards.bucket import Task
from training.shards.engine import Buckets
from training.shards.one_machine import OneMachine
from training.shards.work_folder import WorkFolder

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def test_buckets_of_accounts_publish_the_bundle_of_one_process(account_folder: Path, tmp_path: Path) -> None:
    buckets = Buckets(count=5, engine=OneMachine(), scratch=tmp_path)

    dataset = api.load_tables(
        account_folder / "tables", account_folder / "training.yaml", buckets=buckets, seed=3
    )
    result = api.train(dataset, tmp_path / "registry", now=NOW, seed=3)

    alone = Registry(account_folder / "registry")
    bundle = alone.load(str(alone.champion()))
    assert result.manifest.content_sha256 == bundle.manifest.content_sha256
    assert bundle.models is not None
    names = [column.name for column in bundle.models.spec.attributes]
    assert names == ["account.employees", "account.partner", "account.role"]


def split(account_folder: Path, tmp_path: Path, data: Path) -> dict[str, int]:
    """Customer → bucket, of all their rows."""
    task = Task(
        journey_bytes=(account_folder / "journey.yaml").read_bytes(),
        config=read_config(account_folder / "training.yaml"),
        work=WorkFolder(str(tmp_path / "work")),
        buckets=4,
    )
    OneMachine().censuses(task, str(data), tmp_path / "scratch")
    found: dict[str, int] = {}
    for bucket in range(4):
        for name in ("customers", "interactions", "decisions"):
            for customer in (
                task.work.read_table(f"{name}-{bucket:05}.arrow").column("customer_id").to_pylist()
            ):
                assert found.setdefault(customer, bucket) == bucket
    return found


def test_people_of_an_account_are_together_and_others_by_themselves(
    account_folder: Path, tmp_path: Path
) -> None:
    found = split(account_folder, tmp_path, account_folder / "tables")

    assert len(found) == 400
    for number in range(120):
        assert len({found[f"p{number + 120 * role}"] for role in range(3)}) == 1
    assert len({found[f"p{number}"] for number in range(360, 400)}) > 1


def test_somebody_who_changed_accounts_is_refused_by_name(account_folder: Path, tmp_path: Path) -> None:
    """No bucket could have all people of both."""
    rows = pq.read_table(account_folder / "tables/customers.parquet")
    later = {"account_id": "a77", "valid_from": datetime(2026, 2, 1, tzinfo=UTC)}
    again = pa.Table.from_pylist([{**rows.slice(4, 1).to_pylist()[0], **later}], rows.schema)
    data = tmp_path / "data"
    data.mkdir()
    for name in ("interactions", "decisions", "outcomes"):
        (data / f"{name}.parquet").symlink_to(account_folder / f"tables/{name}.parquet")
    pq.write_table(pa.concat_tables([rows, again]), data / "customers.parquet")

    with pytest.raises(TrainingDataError, match=r"several accounts.*whole accounts"):
        split(account_folder, tmp_path, data)
