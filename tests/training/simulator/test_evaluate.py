"""Every baseline, the planner and a bundle's rankings stand in one comparison."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.policy.engine import Engine
from training.simulator.evaluate import as_text, baselines, evaluate
from training.simulator.policies.policies import MostPopular
from training.simulator.world.world import World


def test_with_and_without_an_engine(benchmark_world: Callable[[str], World]) -> None:
    world = benchmark_world("base")
    alone = evaluate(world, None, customers=40, steps=3)
    engine = evaluate(world, Engine(world.journey, None, "priors"), customers=40, steps=3)

    names = [row.policy for row in alone]
    assert len(names) == len(set(names))
    assert [row for row in engine if row.policy in names] == alone, "the same figures, whoever is compared"
    assert len(engine) == len(alone) + 3
    assert len(as_text(engine).splitlines()) == len(engine) + 1


def test_the_most_popular_is_counted_in_a_log_of_its_own(benchmark_world: Callable[[str], World]) -> None:
    world = benchmark_world("base")
    policies = {type(policy): policy for policy in baselines(world, np.random.default_rng(1))}

    assert MostPopular in policies
    assert len(policies) == 5
