"""Customers start where the world says, and a step changes the state in place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.simulator.world import World
from training.simulator.world.state import State


def test_a_start_has_as_many_customers_as_people(solar: World) -> None:
    people = solar.people(7, np.random.default_rng(1))

    state, _ = solar.start(people, np.random.default_rng(2))

    assert people.n == state.n == len(people.attributes) == 7
    assert state.step == 0
    assert not state.contacts
    assert not state.answered.any()


def test_a_step_is_remembered(solar: World, alike: Callable[..., State]) -> None:
    state = alike(solar, 3, phase=0, warmth=0.0, fatigue=0.0, taste=0.0)
    treatment, rng = np.array([0, 1, 0]), np.random.default_rng(3)
    before = state.contacted_at.copy()

    solar.step(state, treatment, solar.noise(3, rng), rng)

    assert state.step == 1
    assert [each.tolist() for each in state.contacts] == [treatment.tolist()]
    assert np.argwhere(state.contacted_at != before).tolist() == [[1, 1]]
    assert state.fatigue[1] > state.fatigue[0] == state.fatigue[2]
