"""A transition model gives distributions, whatever the batch, and comes back from its files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.learned.transition.fit import fit_transition
from models.learned.transition.model import TransitionModel

World = Any


@pytest.fixture(scope="module")
def model(world: World) -> TransitionModel:
    return fit_transition(**world.for_transition())


def predicted(model: TransitionModel, world: World) -> NDArray[Any]:
    log = world.log
    baseline = model.baseline(log["customer_x"], log["phase"])
    return model.probabilities(baseline, np.arange(len(baseline)), log["phase"], log["treatment"])


def test_doing_nothing_is_the_reference(model: TransitionModel, later_world: World) -> None:
    """Its effect is zero, and the baseline is right on average where nothing is done, in each phase."""
    log = later_world.log
    rows = np.flatnonzero(log["treatment"] == 0)
    chance, truth = predicted(model, later_world)[rows], later_world.move_chance[rows]

    assert not model.effects[:, 0].any()
    for phase in range(4):
        mine = log["phase"][rows] == phase
        assert chance[mine].mean(axis=0) == pytest.approx(truth[mine].mean(axis=0), abs=0.03)


def test_probabilities_are_a_distribution(model: TransitionModel, later_world: World) -> None:
    chance = predicted(model, later_world)

    assert chance.sum(axis=1) == pytest.approx(1.0)
    assert np.all(chance > 0.0)


def test_a_candidate_scores_alone_as_in_a_crowd(model: TransitionModel, world: World) -> None:
    log = world.log
    together = predicted(model, world)

    for i in (0, 17, 4_711):
        baseline = model.baseline(log["customer_x"][i : i + 1], log["phase"][i : i + 1])
        zero = np.zeros(1, dtype=np.int64)
        phase, treatment = log["phase"][i : i + 1], log["treatment"][i : i + 1]
        assert np.array_equal(model.probabilities(baseline, zero, phase, treatment)[0], together[i])


def test_files_bring_back_the_same_model(model: TransitionModel, later_world: World) -> None:
    files = model.to_files()
    again = TransitionModel.from_files(files)

    assert np.array_equal(predicted(model, later_world), predicted(again, later_world))
    assert again.to_files() == files
