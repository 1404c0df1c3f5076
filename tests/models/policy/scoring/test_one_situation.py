"""The compiled kernel scores one situation to the bits that NumPy gives for many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from models import kernel
from models.bundle import Models
from models.domain.journey import Journey
from models.learned.advantage.served import ServedAdvantage
from models.learned.features.situations import Situations
from models.learned.features.spec import FeatureSpec
from models.learned.response.calibration import Knots
from models.policy.engine import Engine
from models.policy.scoring.one_situation import OneSituation
from models.policy.scoring.scoring import Scores
from tests.models.policy.deciding import Ask

pytestmark = pytest.mark.skipif(kernel.native is None, reason="the kernel was not built: no C compiler")

Contact = Callable[..., Any]


def with_everything(models: Models) -> Models:
    """Corrections, knots, a response to nothing, and contacts that cost."""
    rng = np.random.default_rng(4)
    features = models.value.features
    return replace(
        models,
        response=replace(
            models.response,
            knots=Knots(np.array([-3.0, -1.0, 0.5]), np.array([-2.5, -1.2, 0.1])),
            nothing_responds=True,
        ),
        value=replace(
            models.value,
            features=replace(features, correction=rng.normal(0, 0.3, features.correction.shape)),
            contact_costs=True,
        ),
    )


def without_trees(models: Models) -> Models:
    return replace(
        models,
        response=replace(models.response, trees_text=None),
        transition=replace(models.transition, trees_text=None, course=None),
    )


@pytest.mark.parametrize("change", [lambda models: models, with_everything, without_trees])
@pytest.mark.parametrize("effects", [False, True])
@pytest.mark.parametrize("switched_off", [(), ("propensity",), ("journey", "cost")])
def test_one_situation_and_many_give_the_same_bits(
    tiny_journey: Journey,
    learned: Models,
    make_advantage: Callable[[Journey, FeatureSpec], ServedAdvantage],
    ask: Ask,
    contact: Contact,
    change: Callable[[Models], Models],
    effects: bool,
    switched_off: tuple[str, ...],
) -> None:
    models = change(learned)
    if effects:
        models = replace(models, advantage=make_advantage(tiny_journey, models.spec))
    objective = tiny_journey.objective
    factors = replace(objective.factors, **dict.fromkeys(switched_off, False))
    journey = replace(tiny_journey, objective=replace(objective, factors=factors))
    engine = Engine(journey, models, "b", trained=tiny_journey)
    for days, phase in ((), "stranger"), ((3.0, 40.0), "interested"), ((1.0, 1.5, 9.0), "customer"):
        request = ask(*(contact("offer", "email", d) for d in days), stated_phase=phase)
        situations = engine.situate(request)
        treatment = np.arange(5)
        row, weight = np.zeros(5, dtype=np.int64), np.array([1.0, 2.0, 0.5, 1.0, 0.0])
        one = engine.score(situations, row, treatment, weight)
        many = engine.score(_twice(situations), row, treatment, weight)
        for field in fields(Scores):
            got, expected = getattr(one, field.name), getattr(many, field.name)
            assert np.array_equal(got, expected), (field.name, got, expected)


def test_journeys_of_too_many_phases_are_left_to_numpy(learned: Models) -> None:
    phases = kernel.MOST_PHASES + 1
    effects = np.zeros((phases, 5, phases))
    assert OneSituation.of(learned) is not None
    assert OneSituation.of(replace(learned, transition=replace(learned.transition, effects=effects))) is None


def test_candidates_that_do_not_fit_are_refused() -> None:
    k, phases, treatments = 2, 3, 4
    table = {
        "log_odds": np.zeros(k), "treatment": np.arange(k), "baseline": np.zeros(phases),
        "worth": np.zeros(2 * phases), "weight": None, "shift": np.zeros(treatments),
        "evidence": np.ones(treatments), "effects": np.zeros(treatments * phases),
        "shift_error": np.zeros(treatments * phases), "stake": np.zeros(treatments),
        "cost": np.zeros(treatments), "entry": np.zeros(phases), "phase": 0, "limit": 30.0, "z": 1.6,
        "width": 3.2, "nothing_responds": False, "propensity": True, "journey": True, "exp": np.exp,
        "powers": np.zeros(k + k * phases), "figures": np.zeros((10, k)), "leads_to": np.zeros((k, phases)),
    }  # fmt: skip
    score = kernel.native.score_candidates
    score(*table.values())
    assert table["leads_to"].tolist() == [[1 / 3] * 3] * 2
    for name, wrong in {
        "treatment": np.array([0, 4]),
        "weight": np.ones(3),
        "phase": 3,
        "shift_error": np.zeros(treatments),
        "figures": np.zeros((9, k)),
    }.items():
        with pytest.raises(ValueError, match=r"do not fit|out of range"):
            score(*(table | {name: wrong}).values())
    with pytest.raises(TypeError, match="not callable"):
        score(*(table | {"exp": None}).values())


def _twice(situations: Situations) -> Situations:
    return situations.take(np.array([0, 0]))
