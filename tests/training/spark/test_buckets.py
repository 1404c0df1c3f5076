"""``nba train --engine spark`` publishes the very bundle of one machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from models.errors import TrainingConfigError
from training.cli.train import train
from training.spark import buckets as subject
from training.spark.buckets import spark_buckets


def published(folder: Path, *arguments: str | Path) -> dict[str, Any]:
    done = CliRunner().invoke(
        train,
        [*map(str, arguments), "--registry", str(folder / "registry"), "--json"],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    manifest: dict[str, Any] = json.loads(done.stdout)
    return manifest


def test_spark_and_one_machine_publish_the_same_bundle(
    spark: Any, network_config: Path, parquet_folder: Path, tmp_path: Path
) -> None:
    """Network trees on two tasks of a barrier stage, and in one process."""
    same = ["--config", network_config, "--data", parquet_folder, "--seed", "3"]

    on_spark = published(
        tmp_path / "a", *same, "--engine", "spark", "--master", "local[2]", "--shards", "4", "--machines", "2"
    )
    alone = published(tmp_path / "b", *same)

    assert on_spark["content_sha256"] == alone["content_sha256"]
    assert on_spark["metrics"] == alone["metrics"]


def test_workers_elsewhere_need_a_common_folder(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "is_local", lambda session: False)

    with pytest.raises(TrainingConfigError, match="--work s3://"):
        spark_buckets(master=None, work=None, machines=None, count=None, scratch=tmp_path)
