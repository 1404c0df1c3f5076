"""A key changes with everything that an entry depends on, and with nothing else."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from models.learned.trees.parameters import TreeParameters
from training.config import ModelChoice, TrainingConfig, read_config
from training.run.cache_keys import features_key, fit_key, tables_key


@pytest.fixture
def folder(log_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(log_folder, tmp_path / "log"))


@pytest.fixture
def config(folder: Path) -> TrainingConfig:
    return read_config(folder / "training.yaml")


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


def test_fits_depend_on_data_sizes_seed_and_journey(config: TrainingConfig) -> None:
    sizes = TreeParameters()
    keys = {
        fit_key(config, journey, data, parameters, seed)
        for journey in (b"a", b"b")
        for data in ("1", "2")
        for parameters in (sizes, replace(sizes, response_iterations=7))
        for seed in (1, 2)
    }

    assert len(keys) == 16
    later = replace(config, split=replace(config.split, test_from=0.9))
    assert fit_key(later, b"a", "1", sizes, 1) not in keys
    assert fit_key(config, b"a", "1", sizes, 1, 30) not in keys  # the search for sizes, not the fits
    told = replace(config, evaluation=replace(config.evaluation, bootstrap=7))
    assert fit_key(told, b"a", "1", sizes, 1) in keys  # only figures depend on it


def test_another_estimator_is_another_fit_of_the_same_tables(config: TrainingConfig, folder: Path) -> None:
    journey = (folder / "journey.yaml").read_bytes()
    chosen = replace(config, models={"response": ModelChoice(estimator="a.B", options={"depth": 3})})
    deeper = replace(config, models={"response": ModelChoice(estimator="a.B", options={"depth": 4})})

    keys = {fit_key(each, journey, "1", TreeParameters(), 1) for each in (config, chosen, deeper)}

    assert len(keys) == 3
    assert tables_key(chosen, journey, folder) == tables_key(config, journey, folder)
    assert features_key(chosen, "a", 1) == features_key(config, "a", 1)
