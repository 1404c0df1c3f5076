"""Tuning looks at the calibration slice and never at the test part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.learned.trees.parameters import TreeParameters
from training.config import read_config
from training.fit.prepared import Prepared
from training.fit.tune import Tuned, inner_parts, loss, tune
from training.rows.split import Part
from training.run.inputs import prepare_rows, read_tables
from training.run.progress import Progress

SMALL = TreeParameters(response_iterations=8, baseline_iterations=4, early_stopping_rounds=0, num_threads=1)


@pytest.fixture(scope="module")
def prepared(log_folder: Path) -> Prepared:
    config = read_config(log_folder / "training.yaml")
    journey, _, validated = read_tables(config, log_folder, Progress())
    return prepare_rows(config, journey, validated, 3, Progress())


def with_test_labels_turned(prepared: Prepared) -> Prepared:
    """The same rows, but what happened in the test part is the opposite."""
    rows, test = prepared.rows, prepared.split.of(Part.TEST)
    response = np.where(test & (rows.response >= 0), 1 - rows.response, rows.response).astype(np.int8)
    return replace(prepared, split=replace(prepared.split, rows=replace(rows, response=response)))


def test_it_grows_and_stops_on_training_rows_alone(prepared: Prepared) -> None:
    inner, part = inner_parts(prepared), prepared.split.part

    assert (part[inner < Part.TEST] == Part.TRAIN).all()
    assert (inner[part != Part.TRAIN] == Part.TEST).all()
    times = prepared.rows.decided_at
    assert times[inner == Part.TRAIN].max() <= times[inner == Part.CALIBRATE].min()


def test_the_test_part_does_not_change_what_it_finds(prepared: Prepared) -> None:
    other: Any = with_test_labels_turned(prepared)
    losses = [loss(each, inner_parts(each), SMALL, np.random.default_rng(1)) for each in (prepared, other)]

    assert losses[0] == losses[1]
    assert 0 < losses[0] < 2


def test_the_best_is_no_worse_than_the_start_and_the_same_each_time(prepared: Prepared) -> None:
    pytest.importorskip("optuna")
    told: list[int] = []
    first = tune(prepared, SMALL, 3, seed=5, tried=told.append)

    assert told == [1, 2, 3]
    assert first.loss <= first.start_loss
    assert first == tune(prepared, SMALL, 3, seed=5)
    assert first.parameters.response_iterations == SMALL.response_iterations


def test_what_was_found_comes_back_from_its_file() -> None:
    found = Tuned(
        parameters=replace(SMALL, learning_rate=0.1 + 0.2), loss=1.0 / 3.0, start_loss=0.5, trials=30
    )

    assert Tuned.from_files(found.to_files()) == found
