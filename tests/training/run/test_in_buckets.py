"""A training in shards publishes the very bundle of a training at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import TrainingConfigError
from models.registry import Registry
from training.api.data import load_tables
from training.run.learning import Task, prepare_task
from training.run.pipeline import Run, train
from training.run.progress import Progress
from training.run.result import TrainingResult
from training.shards.engine import Buckets
from training.shards.one_machine import OneMachine

SEED = 3


def trained(log_folder: Path, folder: Path, buckets: Buckets | None) -> TrainingResult:
    config = log_folder / "training.yaml"
    dataset = load_tables(log_folder, config, buckets=buckets, seed=SEED)
    return train(
        Run(
            task=Task(dataset=dataset, seed=SEED, progress=Progress()),
            registry=Registry(folder / "registry"),
            reports=folder / "reports",
            now=datetime(2026, 11, 29, tzinfo=UTC),
        )
    )


def test_shards_give_the_same_bundle_and_leave_nothing_behind(log_folder: Path, tmp_path: Path) -> None:
    buckets = Buckets(count=3, engine=OneMachine(), scratch=tmp_path / "scratch")

    whole, sharded = trained(log_folder, tmp_path / "a", None), trained(log_folder, tmp_path / "b", buckets)

    assert sharded.manifest.content_sha256 == whole.manifest.content_sha256
    assert sharded.manifest.provenance.metrics == whole.manifest.provenance.metrics
    assert [*(tmp_path / "scratch").iterdir()] == []


def test_rows_of_another_seed_are_refused(log_folder: Path, tmp_path: Path) -> None:
    buckets = Buckets(count=2, engine=OneMachine(), scratch=tmp_path)
    dataset = load_tables(log_folder, log_folder / "training.yaml", buckets=buckets, seed=SEED)

    with pytest.raises(TrainingConfigError, match="drawn with seed 3, expected 4"):
        prepare_task(Task(dataset=dataset, seed=4, progress=Progress()))
