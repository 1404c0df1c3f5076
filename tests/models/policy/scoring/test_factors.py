"""Factors of a priority: one that is switched off is neutral."""

from __future__ import annotations

import pytest

from models.bundle import Models
from models.domain.journey import Journey
from models.domain.objective import (
    Factors,
)
from models.policy.steps import run_steps
from tests.models.policy.deciding import Ask, engine_with


@pytest.mark.parametrize("factor", ["propensity", "value", "weight", "lever", "cost", "journey"])
def test_a_factor_that_is_off_is_neutral_and_says_so(
    tiny_journey: Journey, learned: Models, ask: Ask, factor: str
) -> None:
    """Worked out again from the answer's own factors: the switched one is 1, or 0 EUR, the others stay."""
    request = ask(stated_phase="interested", context={"weights": {"offer": 2.0}})
    levers = {"offer": 1.5}
    plain = run_steps(engine_with(tiny_journey, learned, levers=levers), request)
    engine = engine_with(tiny_journey, learned, levers=levers, factors=Factors(**{factor: False}))
    from models.policy.compose import factors

    off = run_steps(engine, request)
    position = [engine.journey.treatments[int(c)].action for c in off.candidates].index("offer")
    before = factors(engine_with(tiny_journey, learned, levers=levers), plain, position)
    after = factors(engine, off, position)
    names = {"journey": "journey_gain"}
    neutral = 0.0 if factor in ("cost", "journey") else 1.0
    assert getattr(after, names.get(factor, factor)) == neutral
    assert getattr(before, names.get(factor, factor)) != neutral
    product = after.propensity * after.value * after.weight * after.lever
    assert off.scores.over_nothing[position] == pytest.approx(product - after.cost + after.journey_gain)
    for name in ("propensity", "value", "weight", "lever", "cost"):
        if name != factor:
            assert getattr(after, name) == getattr(before, name)
