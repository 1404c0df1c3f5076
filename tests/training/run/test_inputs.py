"""What a training starts from: files that are there, and rows that see nothing of their future."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.errors import TrainingConfigError
from training.config import TrainingConfig, read_config
from training.rows.split import Part
from training.run.cache import Cache
from training.run.inputs import prepare_rows, read_tables
from training.run.progress import Progress


@pytest.fixture
def config(log_folder: Path) -> TrainingConfig:
    return read_config(log_folder / "training.yaml")


def test_tables_are_read_with_their_journey(config: TrainingConfig, log_folder: Path) -> None:
    progress = Progress()

    journey, data, validated = read_tables(config, log_folder, progress)

    assert data == (log_folder / "journey.yaml").read_bytes()
    assert journey.company == "Tiny"
    assert validated.tables.counts["decisions"] == 3_600
    assert [*progress.seconds] == ["load", "validate"]


def test_a_journey_file_that_is_not_there_is_named_with_where_it_is_said(
    config: TrainingConfig, log_folder: Path
) -> None:
    gone = replace(config, journey="gone.yaml")

    with pytest.raises(TrainingConfigError, match=r"cannot read the journey file .*gone\.yaml: No such file"):
        read_tables(gone, log_folder, Progress())


def test_the_same_seed_gives_the_same_rows_and_features(config: TrainingConfig, log_folder: Path) -> None:
    journey, _, validated = read_tables(config, log_folder, Progress())

    first, again = (prepare_rows(config, journey, validated, 3, Progress()) for _ in range(2))

    assert np.array_equal(first.customer_x, again.customer_x, equal_nan=True)
    assert np.array_equal(first.split.part, again.split.part)
    order = first.rows.decided_at
    assert order[first.split.of(Part.TRAIN)].max() <= order[first.split.of(Part.TEST)].min()


def test_features_that_are_kept_are_used(config: TrainingConfig, log_folder: Path, tmp_path: Path) -> None:
    journey, _, validated = read_tables(config, log_folder, Progress())
    kept = Cache(root=tmp_path)
    came: list[bool] = []

    def keep(make):  # type: ignore[no-untyped-def]
        arrays, before = kept.arrays("key", make)
        came.append(before)
        return arrays

    first, second = (prepare_rows(config, journey, validated, 3, Progress(), keep) for _ in range(2))

    assert came == [False, True]
    assert np.array_equal(first.candidate_x, second.candidate_x, equal_nan=True)


def test_split_by_their_start_customers_stay_whole(config: TrainingConfig, log_folder: Path) -> None:
    by_start = replace(config, split=replace(config.split, by="customer_start"))
    journey, _, validated = read_tables(config, log_folder, Progress())

    prepared = prepare_rows(by_start, journey, validated, 3, Progress())

    parts = {(int(c), int(p)) for c, p in zip(prepared.rows.customer, prepared.split.part, strict=True)}
    assert len(parts) == len(np.unique(prepared.rows.customer)), "a customer is in one part only"
