"""Capacity: a day's few contacts go to those with the most to gain, whoever comes first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.arrays import Floats
from models.bundle import Models
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.domain.objective import Exploration, ExplorationMethod
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.rehearsal.shadow_prices import priced, shadow_price
from tests.models.policy.deciding import Ask

gains = arrays.arrays(np.float64, st.integers(0, 40), elements=st.floats(-100, 100))


def scarce(journey: Journey, **fields: Any) -> Journey:
    """The journey with few mails a day, and without exploration, so that what is best is done."""
    channels = tuple(replace(c, **fields) if c.name == "email" else c for c in journey.channels)
    objective = replace(journey.objective, exploration=Exploration(method=ExplorationMethod.NONE))
    return replace(journey, channels=channels, objective=objective)


@given(gain=gains, seats=st.integers(0, 50))
def test_at_its_price_no_more_want_a_contact_than_there_are(gain: Floats, seats: int) -> None:
    price = shadow_price(gain, seats)
    assert price >= 0.0
    assert np.count_nonzero(gain > price) <= seats
    assert int((gain >= price).sum()) >= min(seats, int((gain > 0).sum()))


@given(gain=gains, seats=st.integers(0, 50), other=st.floats(0, 200))
def test_the_price_minimises_the_dual(gain: Floats, seats: int, other: float) -> None:
    def dual(price: float) -> float:
        return price * seats + float(np.maximum(gain - price, 0.0).sum())

    assert dual(shadow_price(gain, seats)) <= dual(other) + 1e-9


def test_forty_mails_a_day_go_to_the_forty_who_gain_most(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    """400 customers come in random order; without a price the first forty would get the mails."""
    rng = np.random.default_rng(3)
    weights = rng.uniform(0.2, 3.0, 400)
    ages = rng.integers(18, 90, 400)

    def request(i: int, **fields: Any) -> DecisionRequest:
        context = {"weights": {"teaser": weights[i], "offer": weights[i]}}
        known = {"attributes": {"age": float(ages[i])}, "context": context, "stated_phase": "interested"}
        return ask(customer_id=f"c-{i}", decision_id=f"d-{i}", channels=("email",), **known, **fields)

    def gain(i: int) -> float:
        return max(c.value.over_nothing for c in decide(free, request(i)).candidates)

    def realised(engine: Engine) -> set[int]:
        served: set[int] = set()
        for i in range(400):
            decision = decide(engine, request(i, rooms={"email": 40 - len(served)}))
            if decision.actions[0].channel == "email":
                served.add(i)
        return served

    free = Engine(scarce(tiny_journey), learned, "b")
    over_nothing = np.array([gain(i) for i in range(400)])
    best = set(np.argsort(-over_nothing)[:40].tolist())
    capped = scarce(tiny_journey, daily_capacity=40)
    price = shadow_price(over_nothing, 40)

    first_come = realised(Engine(capped, learned, "b"))
    by_price = realised(Engine(replace_price(capped, price), learned, "b"))
    found = realised(Engine(priced(capped, {"shadow_prices": {"email": price}}), learned, "b"))

    assert price > 0.0
    assert len(first_come) == 40
    assert len(first_come & best) < 20
    assert by_price == found == best


def replace_price(journey: Journey, price: float) -> Journey:
    channels = tuple(replace(c, shadow_price=price) if c.name == "email" else c for c in journey.channels)
    return replace(journey, channels=channels)


def test_a_price_is_a_cost_in_the_answer_and_leaves_the_true_cost_alone(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    dear = Engine(replace_price(scarce(tiny_journey, daily_capacity=40), 3.0), learned, "b")
    mail = next(c for c in decide(dear, ask()).candidates if c.channel == "email")
    assert mail.value.cost == pytest.approx(3.1)
    assert dear.catalogue.cost[dear.journey.treatment_index["teaser", "email"]] == pytest.approx(0.1)


def test_a_price_in_the_file_wins_over_the_learned_one(tiny_journey: Journey) -> None:
    stated = replace_price(scarce(tiny_journey, daily_capacity=40), 3.0)
    assert priced(stated, {"shadow_prices": {"email": 9.0}}) is stated
    assert priced(scarce(tiny_journey), {"shadow_prices": {"email": 9.0}}).channels[1].shadow_price is None


def test_a_full_channel_is_refused_with_its_reason(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    engine = Engine(scarce(tiny_journey, daily_capacity=40), learned, "b")
    decision = decide(engine, ask(rooms={"email": 0}))
    assert {d.code for d in decision.drop_outs if d.channel == "email" and d.tier == "contact"} == {
        "CAPACITY"
    }
    assert all(c.channel != "email" for c in decision.candidates)
