"""Prices that meet share bounds, and what they cost."""

from __future__ import annotations

import numpy as np
import pytest

from models.bundle import Models
from models.domain.journey import Journey
from models.domain.objective import (
    Bounds,
    Exploration,
    ShareBound,
)
from models.policy.decide import decide
from models.policy.rehearsal.share_prices import Situated, share_prices
from models.policy.steps import run_steps
from tests.models.policy.deciding import Ask, engine_with


@pytest.mark.parametrize(("asked", "sign"), [({"at_most": 0.2}, 1.0), ({"at_least": 0.3}, -1.0)])
def test_share_prices_meet_their_bounds_and_say_what_they_cost(
    tiny_journey: Journey, learned: Models, ask: Ask, asked: dict[str, float], sign: float
) -> None:
    """Fifty customers of all ages: what is first too often pays a price, what is too seldom gets one."""
    exploration = Exploration(gamma=2.0, floor=0.02)
    engine = engine_with(tiny_journey, learned, exploration=exploration)
    requests = [ask(stated_phase="interested", attributes={"age": float(a)}) for a in np.linspace(18, 90, 50)]
    situated = Situated.of(engine, [run_steps(engine, request) for request in requests])
    index = tiny_journey.action_index
    free = {n: situated.share(index[n], situated.probabilities({})) for n in ("teaser", "offer")}
    name = max(free, key=lambda n: sign * free[n])
    [found] = share_prices(situated, {name: ShareBound(**asked)}, index)
    [target] = asked.values()
    assert found.price * sign > 0.0
    assert found.met
    assert sign * (target - found.share) >= 0.0
    assert found.share == pytest.approx(target, abs=0.02)  # one customer of fifty may tip at once
    assert found.cost > 0.0

    priced = Bounds(shares={name: ShareBound(**asked, price=found.price)})
    after = engine_with(tiny_journey, learned, exploration=exploration, bounds=priced)
    made = [decide(after, request) for request in requests]
    share = np.mean([sum(c.action_probability for c in d.candidates if c.action == name) for d in made])
    assert share == pytest.approx(found.share)
    assert {d.actions[0].factors.share_price for d in made} <= {0.0, found.price}
    assert any("SHARE_BOUND" in d.actions[0].reasons for d in made)


def test_two_share_bounds_are_met_together(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    engine = engine_with(tiny_journey, learned, exploration=Exploration(gamma=2.0, floor=0.02))
    requests = [ask(stated_phase="interested", attributes={"age": float(a)}) for a in np.linspace(18, 90, 30)]
    situated = Situated.of(engine, [run_steps(engine, request) for request in requests])
    bounds = {"offer": ShareBound(at_most=0.3), "teaser": ShareBound(at_most=0.3)}
    prices = share_prices(situated, bounds, tiny_journey.action_index)
    assert all(one.met and one.price > 0.0 for one in prices), prices


def test_a_bound_that_is_met_anyway_has_no_price(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    engine = engine_with(tiny_journey, learned)
    situated = Situated.of(engine, [run_steps(engine, ask(stated_phase="interested"))])
    [found] = share_prices(situated, {"offer": ShareBound(at_most=1.0)}, tiny_journey.action_index)
    assert (found.price, found.cost, found.met) == (0.0, 0.0, True)
