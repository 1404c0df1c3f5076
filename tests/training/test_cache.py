"""The cache changes how long a training takes and nothing else."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.registry import Registry
from training import pipeline
from training.cache import Cache, features_key, tables_key
from training.config import TrainingConfig, read_config
from training.progress import Progress


@pytest.fixture
def folder(log_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(log_folder, tmp_path / "log"))


@pytest.fixture
def config(folder: Path) -> TrainingConfig:
    return read_config(folder / "training.yaml")


def read(config: TrainingConfig, folder: Path, kept: Cache) -> tuple[Any, set[str]]:
    """The tables, and the stages that ran."""
    progress = Progress()
    _, _, validated = pipeline.read_tables(config, folder, progress, kept)
    return validated, {*progress.seconds}


def test_tables_come_back_as_they_were(config: TrainingConfig, folder: Path, tmp_path: Path) -> None:
    kept = Cache(root=tmp_path / "cache")
    made, stages = read(config, folder, kept)
    again, later = read(config, folder, kept)

    assert stages == {"load", "validate"}
    assert later == {"tables of an earlier run"}
    assert all(
        mine.equals(theirs)
        for (_, mine), (_, theirs) in zip(made.tables.items(), again.tables.items(), strict=True)
    )
    assert (made.rejects, made.customers_made, dict(made.rows_read)) == (
        again.rejects,
        again.customers_made,
        dict(again.rows_read),
    )


def test_fresh_makes_them_again(config: TrainingConfig, folder: Path, tmp_path: Path) -> None:
    read(config, folder, Cache(root=tmp_path / "cache"))

    _, stages = read(config, folder, Cache(root=tmp_path / "cache", fresh=True))

    assert stages == {"load", "validate"}


def test_a_changed_file_configuration_or_journey_is_another_key(config: TrainingConfig, folder: Path) -> None:
    journey = (folder / "journey.yaml").read_bytes()
    key = tables_key(config, journey, folder)
    trees = read_config(folder / "training.yaml")
    (folder / "training.yaml").write_text(
        (folder / "training.yaml").read_text().replace("AS occurred_at", "AS  occurred_at")
    )

    assert tables_key(trees, journey, folder) == key
    assert tables_key(read_config(folder / "training.yaml"), journey, folder) != key
    assert tables_key(config, journey + b"#", folder) != key
    os.utime(folder / "decisions.jsonl", ns=(0, 0))
    assert tables_key(config, journey, folder) != key


def test_features_depend_on_seed_and_tables(config: TrainingConfig) -> None:
    assert features_key(config, "a", 1) == features_key(config, "a", 1)
    assert len({features_key(config, tables, seed) for tables in "ab" for seed in (1, 2)}) == 4


def test_half_an_entry_is_made_again(tmp_path: Path) -> None:
    kept = Cache(root=tmp_path)
    make = lambda: {"x": np.arange(3.0)}  # noqa: E731 - one line, used thrice
    kept.arrays("k", make)
    (entry,) = tmp_path.iterdir()
    (entry / "x.npy").write_bytes(b"torn")

    arrays, before = kept.arrays("k", make)

    assert not before
    assert arrays["x"].tolist() == [0, 1, 2]
    assert kept.arrays("k", make)[1]
    assert [path.name for path in tmp_path.iterdir()] == [entry.name]


def test_a_training_from_the_cache_gives_the_same_bundle(
    config: TrainingConfig, folder: Path, tmp_path: Path
) -> None:
    """Same content, same verdict, same report: only stages and times differ."""
    from datetime import UTC, datetime

    found = []
    for run in ("one", "two"):
        progress = Progress()
        result = pipeline.train(
            config,
            folder,
            registry=Registry(tmp_path / run),
            reports=tmp_path / "reports",
            now=datetime(2026, 11, 20, tzinfo=UTC),
            seed=3,
            progress=progress,
            kept=Cache(root=tmp_path / "cache"),
        )
        report = json.loads((result.reports / "report.json").read_text())
        found.append((result.manifest.content_sha256, report["figures"], result.manifest.to_bytes()))

    assert found[0] == found[1]
