"""The planner is the upper limit: what it plans comes true, and nobody earns more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from training.simulator.kinds.segments import SegmentWorld
from training.simulator.log.log import look
from training.simulator.policies.planner import Planner, lapse_hazard
from training.simulator.policies.policies import DoNothing, LoggingPolicy, PlaybookPolicy, RandomEligible
from training.simulator.rollout import compare, rollout, shares
from training.simulator.world.world import World
from training.simulator.world_file.truth import Taste

WORLDS = ["clicks", "fatigue", "delayed", "misread", "unexplored", "nothing_works"]


def test_the_plan_comes_true(benchmark_world: Callable[[str], World]) -> None:
    """Without taste and limits the plan leaves nothing out, so its mean value is the mean that is earned."""
    world = SegmentWorld(replace(benchmark_world("base").file, taste=Taste(spread=0.0, effect=0.0)))
    n, steps = 4000, 13
    planner = Planner(world)
    earned = rollout(world, planner, n, steps, np.random.default_rng(21))
    people_rng = np.random.default_rng(21).spawn(1)[0]
    state, _ = world.start(world.people(n, people_rng), people_rng)
    view = look(world, state, remaining=steps)
    planned = np.where(view.eligible, planner.worth(view), -np.inf).max(axis=1)
    years = steps * world.file.step_days / 365.25
    assert earned.mean == pytest.approx(planned.mean() / years, abs=3 * earned.standard_error)
    assert earned.standard_error < 0.05 * earned.mean


def test_with_one_decision_left_it_takes_the_best_expected_reward(
    benchmark_world: Callable[[str], World],
) -> None:
    """One step ahead the worth is p · v - c + Σ P(j) · entry value of j, for j not the phase itself."""
    world, n = benchmark_world("base"), 50
    rng = np.random.default_rng(3)
    state, _ = world.start(world.people(n, rng), rng)
    e, view = world.equations, look(world, state, remaining=1)
    worth = Planner(world).worth(view)
    treatments = np.arange(len(world.journey.treatments))
    for i in range(n):
        s = np.full(len(treatments), state.phase[i])
        warmth, fatigue = np.full(len(s), state.people.warmth[i]), np.full(len(s), state.fatigue[i])
        taste = e.taste_for(state.people.taste)[i]
        p, move = (
            e.respond(s, treatments, warmth, fatigue, taste),
            e.move(s, treatments, warmth, fatigue, taste),
        )
        entry = np.append(e.entry_value, 0.0)
        entry[state.phase[i]] = 0.0
        assert worth[i] == pytest.approx(p * e.value - e.cost + move @ entry)


@pytest.mark.parametrize("name", [*WORLDS, "solar"])
def test_nobody_earns_more(solar: World, benchmark_world: Callable[[str], World], name: str) -> None:
    """Paired on the same customers, no baseline beats the planner by more than 3 standard errors; doing
    nothing loses clearly, except where nothing works."""
    world = solar if name == "solar" else benchmark_world(name)
    n = 1000
    planner = Planner(world)
    others = [
        DoNothing(),
        RandomEligible(),
        PlaybookPolicy(world.journey),
        LoggingPolicy(world.journey, world.file.logging),
    ]
    steps = 13 if name == "solar" else 26
    results = compare(world, [*others, planner], n, steps, 17)
    best = results[-1]
    for result in results[:-1]:
        gain = best.eur - result.eur
        rare = 0.01  # EUR: too few responses for a normal error where nothing works
        assert gain.mean() > -3 * gain.std() / np.sqrt(n) - rare, result.policy
    idle = best.eur - results[0].eur
    if name == "nothing_works":
        assert best.nothing > 0.97
        assert abs(idle.mean()) < 0.5
    else:
        assert idle.mean() > 3 * idle.std() / np.sqrt(n)
    by_name = {row.policy: row.share for row in shares(results)}
    assert by_name["random"] == 0.0
    assert by_name[planner.name] == pytest.approx(1.0)


def test_lapse_hazards_follow_the_journey_file(solar: World) -> None:
    """trigger lapses after 60 / 14 = 4.29 steps of silence: surely not within 3 quiet steps, surely
    within 5; 1 - 0.29 of those whose last sign lies anywhere in its step lapse in the fourth."""
    hazard = lapse_hazard(solar)[solar.journey.phase_index["trigger"]]
    assert hazard[:3].tolist() == [0.0, 0.0, 0.0]
    assert hazard[3] == pytest.approx(1 - (60 / 14 - 4))
    assert hazard[4] == 1.0
    assert not lapse_hazard(solar)[solar.journey.phase_index["out_of_market"]].any()


def test_the_same_seed_gives_the_same_euros(solar: World) -> None:
    first, second = (rollout(solar, RandomEligible(), 300, 6, np.random.default_rng(4)).eur for _ in range(2))
    assert np.array_equal(first, second)
