"""A dataset is the same from files and from data frames, and says what is wrong before it is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import TrainingConfigError
from training.config import TrainingConfig, read_config
from training.data.tables import data_sha256
from training.run.dataset import dataset_of_frames, load_dataset
from training.run.progress import Progress


@pytest.fixture
def config(log_folder: Path) -> TrainingConfig:
    return read_config(log_folder / "training.yaml")


def test_frames_of_the_same_rows_give_the_same_tables(config: TrainingConfig, log_folder: Path) -> None:
    read = load_dataset(config, log_folder, Progress())

    given = dataset_of_frames(config, read.journey_bytes, dict(read.tables.items()))

    assert data_sha256(given.tables) == data_sha256(read.tables) == given.key
    assert given.journey == read.journey


def test_a_table_of_another_name_is_refused(config: TrainingConfig, log_folder: Path) -> None:
    journey = (log_folder / "journey.yaml").read_bytes()

    with pytest.raises(TrainingConfigError, match=r"expected tables named customers, .* got orders"):
        dataset_of_frames(config, journey, {"orders": {"order_id": ["o1"]}})


def test_a_wrong_size_is_told_before_anything_is_read(config: TrainingConfig) -> None:
    wrong = replace(config, trees={"leaves": 65})

    with pytest.raises(TrainingConfigError, match="leaves"):
        load_dataset(wrong, Path("nowhere"), Progress())
