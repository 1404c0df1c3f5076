"""Bounds: what a candidate must reach before it competes."""

from __future__ import annotations

import numpy as np

from models.bundle import Models
from models.domain.journey import Journey
from models.domain.objective import (
    Arm,
    ArmPolicy,
    Bounds,
)
from models.policy.decide import decide
from tests.models.policy.deciding import Ask, engine_with


def test_bounds_name_what_was_too_low_and_spare_service(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    request = ask(stated_phase="interested")
    free = decide(engine_with(tiny_journey, learned), request)
    middle = float(np.median([c.propensity.value for c in free.candidates[1:]]))
    bounded = decide(engine_with(tiny_journey, learned, bounds=Bounds(minimum_propensity=middle)), request)
    low = {(c.action, c.channel) for c in free.candidates[1:] if c.propensity.value < middle}
    assert low
    assert {(d.action, d.channel) for d in bounded.drop_outs if d.code == "MINIMUM_PROPENSITY"} == low
    assert all((c.action_probability == 0.0) == ((c.action, c.channel) in low) for c in bounded.candidates)
    poor = decide(engine_with(tiny_journey, learned, bounds=Bounds(minimum_gain=1e6)), request)
    assert (poor.actions[0].action, poor.actions[0].action_probability) == ("nothing", 1.0)
    assert {d.code for d in poor.drop_outs if d.tier == "bounds"} == {"MINIMUM_GAIN"}
    service = ask(stated_phase="customer")
    spared = decide(engine_with(tiny_journey, learned, bounds=Bounds(minimum_gain=1e6)), service)
    assert "bounds" not in {d.tier for d in spared.drop_outs if d.action == "care"}


def test_bounds_are_the_learned_policys_alone(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    bounds = Bounds(minimum_gain=1e6)
    request = ask(stated_phase="interested")
    arms = (Arm(name="random", share=1.0, policy=ArmPolicy.RANDOM),)
    assert decide(engine_with(tiny_journey, learned, bounds=bounds, arms=arms), request).drop_outs == tuple(
        d for d in decide(engine_with(tiny_journey, learned, arms=arms), request).drop_outs
    )
    assert decide(engine_with(tiny_journey, None, bounds=bounds), request).actions[0].action == "offer"
