"""The cold-start benchmark: what it explores with is exact, and its batches make one log."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from models.domain.objective import Exploration
from models.policy.engine import Engine
from training.simulator.log.log import simulate_log, tables_of
from training.simulator.world.load import load_world
from training.simulator.world.world import World

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cold_start() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cold_start", ROOT / "benchmarks/cold_start.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["cold_start"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(ROOT / "benchmarks/worlds/clicks.yaml")


def test_a_policy_that_reads_histories_explores_with_its_stated_probabilities(
    cold_start: ModuleType, world: World
) -> None:
    exploration = Exploration(gamma=1.0, floor=0.02)
    policy = cold_start.Explored(Engine(world.journey, None, "none"), exploration)

    log = simulate_log(world, 200, 60, np.random.default_rng(1), policy=policy)
    best = log.probability > 0.5

    assert (log.probability > 0).all()
    assert log.probability.max() < 1  # the floor is everywhere
    assert best.any()
    assert not best.all()


def test_batches_become_one_log_with_ids_of_their_own(cold_start: ModuleType, world: World) -> None:
    batches = [tables_of(simulate_log(world, 20, 60, np.random.default_rng(seed))) for seed in (1, 2)]

    joined = cold_start.joined(batches)

    ids = joined.decisions.column("decision_id").to_pylist()
    assert len(set(ids)) == len(ids) == sum(batch.decisions.num_rows for batch in batches)
    assert set(joined.decisions.column("customer_id").to_pylist()) <= set(
        joined.customers.column("customer_id").to_pylist()
    )
