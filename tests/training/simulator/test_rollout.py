"""Policies meet the same customers and chances; shares of the gap are worked by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from training.simulator.policies.policies import DoNothing, RandomEligible
from training.simulator.rollout import Rollout, compare, rollout, shares
from training.simulator.world.world import World


def result(policy: str, eur: list[float]) -> Rollout:
    return Rollout(policy=policy, eur=np.array(eur), nothing=0.5, chosen=np.zeros(2, dtype=np.int64))


def test_shares_of_the_gap_by_hand() -> None:
    """Random 2, planner 10 on average: a policy with 4 closes 2 of 8. Errors are paired by customer."""
    low, high = result("random", [0.0, 4.0]), result("planner (sees the truth)", [8.0, 12.0])
    found = {each.policy: each for each in shares([low, high, result("ours", [2.0, 6.0])])}

    assert found["random"].share == 0.0
    assert found["planner (sees the truth)"].share == 1.0
    assert found["ours"].share == pytest.approx(0.25)
    assert found["ours"].share_error == 0.0, "both customers gained 2 and would have gained 8"
    assert found["ours"].eur_error == pytest.approx(np.sqrt(8.0) / np.sqrt(2))


def test_the_same_policy_earns_the_same_twice(benchmark_world: Callable[[str], World]) -> None:
    world = benchmark_world("base")
    first, second = compare(world, [RandomEligible(), RandomEligible()], 100, 5, 3)

    assert np.array_equal(first.eur, second.eur)
    assert np.array_equal(first.chosen, second.chosen)


def test_doing_nothing_contacts_nobody(benchmark_world: Callable[[str], World]) -> None:
    world = benchmark_world("base")
    nothing = rollout(world, DoNothing(), 50, 4, np.random.default_rng(1))

    assert nothing.nothing == 1.0
    assert nothing.chosen.tolist() == [200, *[0] * (len(world.journey.treatments) - 1)]
