"""Records state a wrong or a late phase as often as the world file says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from training.simulator.kinds.misread import BEFORE_DECISION_MS, MisreadWorld
from training.simulator.world.state import State
from training.simulator.world.world import World

N = 20_000


@pytest.fixture
def world(benchmark_world: Callable[[str], World]) -> MisreadWorld:
    world = benchmark_world("misread")
    assert isinstance(world, MisreadWorld)
    return MisreadWorld(replace(world.file, extra={"wrong": 0.2, "late": 0.3}))


def test_a_fifth_is_wrong_and_three_tenths_are_late(world: MisreadWorld, alike: Callable[..., State]) -> None:
    """Everybody moved from phase 0 to phase 3: wrong statements name phase 2 or 4, late ones phase 0."""
    state = alike(world, N, phase=3, warmth=0.0, fatigue=0.0, taste=0.0)
    instant = np.full(N, 10_000_000)

    stated, records = world.observe(state, np.zeros(N, dtype=np.int64), instant, np.random.default_rng(1))

    share = np.bincount(stated, minlength=6) / N
    assert share[[2, 4]].sum() == pytest.approx(0.2, abs=0.01)
    assert share[0] == pytest.approx(0.3, abs=0.01)
    assert share[3] == pytest.approx(0.5, abs=0.01)
    assert records.phase.tolist() == stated.tolist()
    assert (records.occurred_at == instant - BEFORE_DECISION_MS).all()


def test_at_either_end_there_is_one_neighbour(world: MisreadWorld, alike: Callable[..., State]) -> None:
    state = alike(world, 2_000, phase=0, warmth=0.0, fatigue=0.0, taste=0.0)
    always_wrong = MisreadWorld(replace(world.file, extra={"wrong": 1.0}))

    stated, _ = always_wrong.observe(state, state.phase, np.full(2_000, 10_000_000), np.random.default_rng(1))

    assert set(stated.tolist()) == {1}
