"""The largest loss of satisfaction holds where the truth is known, and money alone does not keep it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.satisfaction import LARGEST_LOSS, Truth, got, journey_text, simulate
from models.journey_file import parse_journey
from models.policy.engine import Engine
from training.api import fit, tables_from_frames

World = tuple[Truth, Engine, dict[str, Any]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The truth, the engine that a log teaches, and what the training measured of satisfaction."""
    journey = parse_journey(journey_text().encode(), "journey.yaml")
    truth = Truth.draw(journey, np.random.default_rng(4))
    frames = simulate(truth, journey, customers=1_200, weeks=10, seed=5)
    path = tmp_path_factory.mktemp("world") / "journey.yaml"
    path.write_text(journey_text(f"largest_loss: {LARGEST_LOSS}"))
    policy, evaluation = fit(tables_from_frames(path, **frames), seed=1)
    return truth, policy.engine(), dict(evaluation.metrics["satisfaction"])


def test_effects_on_scores_are_learned_as_they_are(world: World) -> None:
    truth, engine, _ = world
    own = engine.satisfaction
    assert own is not None
    error = own.effect[:, 1:] - truth.points[:, 1:]

    assert np.sqrt(np.mean(error**2)) < 0.6 * np.std(truth.points[:, 1:])
    assert np.mean(np.abs(error) < 1.645 * own.error[:, 1:]) > 0.75
    assert not own.effect[:, 0].any()


def test_the_largest_loss_holds_in_truth(world: World) -> None:
    """By money alone most of what is chosen costs 0.2 points and more."""
    truth, engine, _ = world
    money = truth.money.argmax(axis=1)
    found = got(engine, truth)

    assert truth.points[np.arange(3), money].mean() < -2 * LARGEST_LOSS
    assert found.beyond < 0.01
    assert found.money > 0
