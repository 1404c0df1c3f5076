"""Worlds for the tests of the simulator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.simulator.world.load import load_world
from training.simulator.world.state import People, State
from training.simulator.world.world import World

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def solar() -> World:
    return load_world(ROOT / "examples/solar/simulator.yaml")


@pytest.fixture(scope="session")
def benchmark_world() -> Callable[[str], World]:
    """A world of ``benchmarks/worlds`` by name."""
    return lambda name: load_world(ROOT / f"benchmarks/worlds/{name}.yaml")


@pytest.fixture(scope="session")
def alike() -> Callable[..., State]:
    """``n`` customers who are all the same: same phase, warmth, fatigue and taste, everything reachable."""

    def make(world: World, n: int, *, phase: int, warmth: float, fatigue: float, taste: float) -> State:
        rng = np.random.default_rng(0)
        drawn = world.people(n, rng)
        people = People(
            warmth=np.full(n, warmth),
            taste=np.full_like(drawn.taste, taste),
            available=np.ones_like(drawn.available),
            attributes=drawn.attributes,
            first_decision_at=np.full(n, drawn.first_decision_at[0]),
        )
        state, _ = world.start(people, rng)
        return replace(
            state,
            phase=np.full(n, phase),
            observed=np.full(n, phase),
            fatigue=np.full(n, fatigue),
            last_activity_at=people.first_decision_at - 1000,
        )

    return make
