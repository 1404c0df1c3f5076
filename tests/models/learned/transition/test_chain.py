"""The phase chain smooths what was seen, and guesses where nothing was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models.domain.journey import Journey
from models.learned.transition.fit import fit_transition
from models.learned.transition.model import TransitionModel

World = Any


@pytest.fixture(scope="module")
def model(world: World) -> TransitionModel:
    return fit_transition(**world.for_transition())


def test_with_the_horizon_next_staying_is_no_guess(
    journey_of: Callable[..., Journey], world_of: Callable[..., World]
) -> None:
    journey = journey_of(horizon_days=None)

    model = fit_transition(**{**world_of(n=0).for_transition(), "journey": journey})

    phase = np.arange(4)
    staying = np.diag(
        model.probabilities(model.baseline(np.zeros((4, 7)), phase), phase, phase, np.zeros(4, dtype=int))
    )
    assert np.all(staying <= 0.25)
