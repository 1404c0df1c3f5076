"""Learning gives the same models for the same dataset and seed, whatever is measured later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import TrainingConfigError
from training.config import ModelChoice, read_config
from training.run.dataset import Dataset, load_dataset
from training.run.learning import Learned, Task, learn, logged_candidates, refit, simpler
from training.run.progress import Progress


@pytest.fixture(scope="module")
def dataset(log_folder: Path) -> Dataset:
    return load_dataset(read_config(log_folder / "training.yaml"), log_folder, Progress())


@pytest.fixture(scope="module")
def task(dataset: Dataset) -> Task:
    return Task(dataset=dataset, seed=3, progress=Progress())


@pytest.fixture(scope="module")
def learned(task: Task) -> Learned:
    return learn(task)


def test_the_same_dataset_and_seed_give_the_same_models(task: Task, learned: Learned) -> None:
    assert learn(task).models.to_files() == learned.models.to_files()


def test_refitted_models_are_others(task: Task, learned: Learned) -> None:
    """They know the rows of the test, too."""
    assert refit(task, learned).to_files() != learned.models.to_files()


def test_the_simple_policy_that_is_surely_better_takes_the_place_of_what_was_learned(
    task: Task, learned: Learned
) -> None:
    worse = {"do nothing": {"value": -2.0, "low": -3.0, "high": -1.0}}
    values: dict[str, Any] = {
        "ours_minus": worse,
        "ours_minus_ahead": worse,
        "policies": {"ours": {"rewarded_events": 400.0}},
    }
    found = simpler(task, learned, values)

    assert found is not None
    assert found.contest.floor == "do nothing"
    assert found.models.advantage is not None
    assert simpler(task, learned, {**values, "ours_minus": {}}) is None


@pytest.mark.parametrize("name", ["phase chain", "uplift by attributes"])
def test_a_simple_table_takes_the_place_and_is_learned_again_from_all_rows(
    task: Task, learned: Learned, name: str
) -> None:
    worse = {name: {"value": -2.0, "low": -3.0, "high": -1.0}}
    found = simpler(
        task,
        learned,
        {
            "ours_minus": worse,
            "ours_minus_ahead": worse,
            "policies": {"ours": {"rewarded_events": 400.0}},
        },
    )

    assert found is not None
    assert found.contest.floor == name
    assert found.models.advantage is not None
    again = refit(task, found).advantage
    assert again is not None
    assert again.advantage.money.by_phase.any()
    assert not np.array_equal(again.advantage.money.by_phase, found.models.advantage.advantage.money.by_phase)


def test_trees_are_not_tuned_where_another_estimator_takes_their_place(dataset: Dataset) -> None:
    other = ModelChoice(estimator="sklearn.linear_model.LogisticRegression")
    config = replace(dataset.config, models={"response": other})
    task = Task(dataset=replace(dataset, config=config), seed=3, progress=Progress(), tune_trials=2)

    with pytest.raises(TrainingConfigError, match="--tune searches sizes of our trees"):
        learn(task)


def test_a_log_that_names_no_candidates_has_none(dataset: Dataset) -> None:
    assert logged_candidates(dataset.tables) is None
