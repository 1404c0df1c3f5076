"""The path ahead: one step is what the models say, later ones are the customer's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.bundle import Models
from models.domain.journey import Journey
from models.policy.engine import Engine
from models.policy.explain.path_ahead import path_ahead
from models.policy.steps import run_steps
from tests.models.policy.deciding import Ask


def test_the_paths_of_a_decision(tiny_journey: Journey, tiny_models: Models, ask: Ask) -> None:
    """Thirteen steps of seven days; where nothing is chosen both paths are one."""
    engine = Engine(tiny_journey, tiny_models, "b-1")
    path = path_ahead(engine, run_steps(engine, ask()))
    assert path is not None
    assert path.days == 90
    assert path.phase == "stranger"
    assert set(path.chosen) == {"interested", "customer"}
    alone = run_steps(engine, ask(consent={}, channels=("email",)))
    same = path_ahead(engine, alone)
    assert same is not None
    assert same.chosen == pytest.approx(same.nothing)
    assert [way.probability for way in same.ways] == pytest.approx(
        [way.probability for way in same.ways_of_nothing]
    )


def test_a_decision_has_ways_ahead_with_what_to_do_on_them(
    tiny_journey: Journey, tiny_models: Models, ask: Ask
) -> None:
    engine = Engine(tiny_journey, tiny_models, "b-1")
    path = path_ahead(engine, run_steps(engine, ask()))
    assert path is not None
    moving = next(way for way in path.ways if way.phases)
    assert [way.probability for way in path.ways] == sorted((w.probability for w in path.ways), reverse=True)
    assert sum(way.probability for way in path.ways) <= 1 + 1e-9
    days = [point.days for point in moving.phases]
    assert days == sorted(days)
    assert 0 < days[0] <= path.days
    known = {action.name for action in tiny_journey.actions} | {"nothing"}
    assert {point.action for point in moving.phases} <= known
    assert all(point.action is None for way in path.ways_of_nothing for point in way.phases)
    for name, time in path.times.items():
        assert time.low <= time.median <= time.high <= 371
        assert time.probability >= path.chosen[name] - 1e-9


def test_the_policy_goes_on_in_every_phase(tiny_journey: Journey, tiny_models: Models, ask: Ask) -> None:
    """With the same first step, what the policy does later makes the difference to doing nothing."""
    sure = replace(tiny_models.transition, effects=tiny_models.transition.effects.copy())
    sure.effects[1, 1:, 2] += 3.0  # whatever is done for the interested makes customers of them
    engine = Engine(tiny_journey, replace(tiny_models, transition=sure), "b-1")
    path = path_ahead(engine, run_steps(engine, ask()))
    assert path is not None
    assert path.chosen["customer"] > path.nothing["customer"] + 0.05


def test_without_a_model_or_a_horizon_nobody_tells(
    tiny_journey: Journey, tiny_models: Models, ask: Ask
) -> None:
    playbook = Engine(tiny_journey, None, "none")
    assert path_ahead(playbook, run_steps(playbook, ask())) is None
    objective = replace(tiny_journey.objective, horizon_days=None)
    engine = Engine(replace(tiny_journey, objective=objective), tiny_models, "b-1")
    assert path_ahead(engine, run_steps(engine, ask())) is None
