"""Learning gives the same models for the same dataset and seed, whatever is measured later."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import TrainingConfigError
from training.config import ModelChoice, read_config
from training.run.cache import Cache
from training.run.dataset import Dataset, load_dataset
from training.run.learning import Learned, Task, learn, refit, simpler
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


def test_what_is_learned_of_satisfaction_is_kept_for_a_training_that_resumes(
    log_folder: Path, tiny_journey_text: str, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(log_folder, tmp_path / "log"))
    score = "csat: {properties: {score: {type: number, minimum: 0, maximum: 10}}}"
    text = tiny_journey_text.replace("touchpoints:\n", f"touchpoints:\n  {score}\n")
    (folder / "journey.yaml").write_text(text + "  satisfaction: {fact: csat, largest_loss: 0.1}\n")
    dataset = load_dataset(read_config(folder / "training.yaml"), folder, Progress())
    stages = []
    for _ in range(2):
        progress = Progress()
        learn(Task(dataset=dataset, seed=3, progress=progress, cache=Cache(root=tmp_path / "cache")))
        stages.append({*progress.seconds})

    assert "fit satisfaction" in stages[0]
    assert not [stage for stage in stages[1] if stage.startswith("fit ")]
    assert "satisfaction of an earlier run" in stages[1]
