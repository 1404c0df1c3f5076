"""The chain of later steps, moved by what is known of the customer now."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.learned.features.summary import choose_value_features
from models.learned.transition.course import Course, directions
from models.learned.transition.further_steps import FurtherSteps


def test_features_of_now_move_every_phase_alike(world: Any) -> None:
    """One unit of the first feature adds 0.5 forward and takes 0.25 backward, from each of three phases."""
    rng = np.random.default_rng(1)
    x = rng.poisson(2.0, (500, len(world.columns.customer_names))).astype(np.float32)
    features = choose_value_features(world.columns, x)
    weights = np.zeros((len(features.names), 2))
    weights[0] = (0.5, -0.25)
    chain = np.log(np.full((3, 3), 1 / 3))
    steps = FurtherSteps(
        chain=chain, course=Course(features=features, weights=weights, towards=directions(3))
    )

    moved = steps.baseline(x[:1]) - chain

    unit = float(np.clip(features.now(x[:1])[0, 0], -4, 4))
    assert moved == pytest.approx(unit * np.array([[0, 0.5, 0.5], [-0.25, 0, 0.5], [-0.25, -0.25, 0]]))
