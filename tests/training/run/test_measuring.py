"""What was learned is measured on later rows, by draws of the seed's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.config import read_config
from training.run.dataset import load_dataset
from training.run.learning import Learned, Task
from training.run.measuring import Measured, learn_and_measure, measure
from training.run.progress import Progress


@pytest.fixture(scope="module")
def task(log_folder: Path) -> Task:
    dataset = load_dataset(read_config(log_folder / "training.yaml"), log_folder, Progress())
    return Task(dataset=dataset, seed=3, progress=Progress())


@pytest.fixture(scope="module")
def both(task: Task) -> tuple[Learned, Measured]:
    return learn_and_measure(task)


def test_measuring_again_gives_the_same_figures(task: Task, both: tuple[Learned, Measured]) -> None:
    learned, measured = both

    again = measure(task, learned)

    assert again.metrics == measured.metrics
    assert (again.prices, again.drift) == (measured.prices, measured.drift)


def test_figures_say_which_account_ranks(both: tuple[Learned, Measured]) -> None:
    learned, measured = both

    assert measured.metrics["effects_in_money"] == learned.contest.to_json()
