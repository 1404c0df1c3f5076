"""The phase chain smooths what was seen, and guesses where nothing was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models.domain.journey import Journey
from models.learned.transition.chain import fit_chain
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


def test_do_nothing_rows_are_held_to_all_rows(journey_of: Callable[..., Journey]) -> None:
    """From p0, 30 of 30 do-nothing rows stay and 60 of 60 treated ones move to p1.

    All rows: (30 stay, 60 move), about 1/3 and 2/3. With 30 rows of that, the 30 own ones give about
    (30 + 30/3) / 60 = 2/3 for staying.
    """
    next_phase = np.repeat([0, 1], [30, 60])
    chain = fit_chain(journey_of(), np.zeros(90, dtype=int), np.repeat([0, 1], [30, 60]), next_phase)

    assert chain[0, 0] == pytest.approx(2 / 3, abs=0.03)
    assert chain.sum(axis=1) == pytest.approx(np.ones(4))


def test_nothing_is_impossible(journey_of: Callable[..., Journey]) -> None:
    none = np.empty(0, dtype=int)

    assert (fit_chain(journey_of(), none, none, none) > 0).all()
