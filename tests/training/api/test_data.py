"""Tables from files and from frames, with the settings that a command would take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import TrainingConfigError
from training.api import Dataset, load_tables, read_settings, tables_from_frames
from training.data.tables import data_sha256, write_tables


def test_the_four_tables_as_parquet_need_no_configuration(
    dataset: Dataset, log_folder: Path, tmp_path: Path
) -> None:
    write_tables(dataset.tables, tmp_path)

    again = load_tables(tmp_path, journey=log_folder / "journey.yaml")

    assert again.tables.counts == dataset.tables.counts


def test_frames_give_the_same_tables_as_files(dataset: Dataset, log_folder: Path) -> None:
    tables = dataset.tables
    given = tables_from_frames(
        log_folder / "journey.yaml",
        interactions=tables.interactions,
        customers=tables.customers,
        decisions=tables.decisions,
        outcomes=tables.outcomes,
        config=dataset.config,
    )

    assert data_sha256(given.tables) == data_sha256(tables)


def test_settings_may_be_changed_before_the_tables_are_read(log_folder: Path) -> None:
    settings = replace(read_settings(log_folder / "training.yaml"), seed=9)

    assert load_tables(log_folder, settings).config.seed == 9


def test_a_journey_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingConfigError, match=r"cannot read the journey file .*gone\.yaml"):
        tables_from_frames(tmp_path / "gone.yaml", interactions={"customer_id": ["c1"]})
