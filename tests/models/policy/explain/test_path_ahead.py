"""The path ahead: entering counts once, and one step is what the models say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bundle import Models
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.policy.engine import Engine
from models.policy.explain.path_ahead import entered, path_ahead
from models.policy.steps import run_steps

Ask = Callable[..., DecisionRequest]
SHARES = st.lists(st.floats(0.01, 1), min_size=3, max_size=3)


def test_worked_by_hand() -> None:
    """From a: half go to b at each step, from b half go on to c, and c stays."""
    chain = np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 1.0]])
    start = np.array([[1.0, 0.0, 0.0]])
    assert entered(start, chain, 0).tolist() == [[1.0, 0.0, 0.0]]
    assert entered(start, chain, 1).tolist() == [[1.0, 0.5, 0.0]]
    assert entered(start, chain, 2).tolist() == [[1.0, 0.75, 0.25]]


@given(st.lists(SHARES, min_size=4, max_size=4), st.integers(0, 12))
def test_chances_grow_with_time_and_stay_chances(rows: list[list[float]], further: int) -> None:
    shares = np.array([[x / sum(row) for x in row] for row in rows])
    soon, late = (entered(shares[:1], shares[1:], steps) for steps in (further, further + 1))
    assert ((soon >= 0) & (soon <= 1)).all()
    assert (late >= soon - 1e-12).all()
    assert (soon >= shares[:1] - 1e-12).all()


def test_the_paths_of_a_decision(tiny_journey: Journey, tiny_models: Models, ask: Ask) -> None:
    """Thirteen steps of seven days; where nothing is chosen both paths are one."""
    engine = Engine(tiny_journey, tiny_models, "b-1")
    path = path_ahead(engine, run_steps(engine, ask()))
    assert path is not None
    assert path.days == pytest.approx(91)
    assert set(path.chosen) == {"interested", "customer"}
    alone = run_steps(engine, ask(consent={}, channels=("email",)))
    same = path_ahead(engine, alone)
    assert same is not None
    assert same.chosen == same.nothing
    assert [way.probability for way in same.ways] == [way.probability for way in same.ways_of_nothing]


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


def test_without_a_model_or_a_horizon_nobody_tells(
    tiny_journey: Journey, tiny_models: Models, ask: Ask
) -> None:
    playbook = Engine(tiny_journey, None, "none")
    assert path_ahead(playbook, run_steps(playbook, ask())) is None
    objective = replace(tiny_journey.objective, horizon_days=None)
    engine = Engine(replace(tiny_journey, objective=objective), tiny_models, "b-1")
    assert path_ahead(engine, run_steps(engine, ask())) is None
