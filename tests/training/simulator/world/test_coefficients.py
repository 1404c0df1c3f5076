"""The equations have the numbers of the world file at the places of the journey."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from training.simulator.world import World
from training.simulator.world_file.truth import QUIET


@pytest.fixture
def world(benchmark_world: Callable[[str], World]) -> World:
    return benchmark_world("base")


def test_moves_have_their_stated_probabilities_when_nothing_is_done(world: World) -> None:
    """From curious: 0.04 comparing, 0.05 unaware, 0.40 quiet; 0.51 stay and browse."""
    index = world.journey.phase_index
    base = world.equations.base[index["curious"]]
    chance = np.exp(base)

    assert chance[index["comparing"]] == pytest.approx(0.04)
    assert chance[index["unaware"]] == pytest.approx(0.05)
    assert chance[-1] == pytest.approx(0.40)
    assert chance[index["curious"]] == pytest.approx(0.51)
    assert chance.sum() == pytest.approx(1.0)


def test_an_effect_is_the_actions_log_odds_times_the_reach_of_the_channel(world: World) -> None:
    index = world.journey.phase_index
    stated = 0
    for t, treatment in enumerate(world.journey.treatments):
        if treatment.channel is None:
            continue
        reach = world.file.channels[treatment.channel].reach
        for source, targets in world.file.actions[treatment.action].moves.items():
            for target, log_odds in targets.items():
                at = -1 if target == QUIET else index[target]
                assert world.equations.effect[index[source], t, at] == pytest.approx(log_odds * reach)
                stated += log_odds != 0

    assert stated == np.count_nonzero(world.equations.effect)


def test_doing_nothing_costs_and_changes_nothing(world: World) -> None:
    e = world.equations

    assert not e.effect[:, 0].any()
    assert (e.value[0], e.cost[0], e.load[0]) == (0.0, 0.0, 0.0)
    assert np.isneginf(e.response[:, 0]).all()
