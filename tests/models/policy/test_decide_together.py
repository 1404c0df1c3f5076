"""Many requests are decided at once as each is by itself, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.bundle import Models
from models.domain.decision import DecisionRequest
from models.domain.history import build_history
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.objective import Arm, ArmPolicy, Bounds, Exploration, ExplorationMethod
from models.domain.past import NO_PAST, build_past, event_of
from models.errors import UnknownNameError
from models.learned.advantage.served import ServedAdvantage
from models.learned.features.spec import FeatureSpec
from models.policy import steps as steps_module
from models.policy.compose import build_decision
from models.policy.decide import decide_all_in_steps, decide_in_steps
from models.policy.engine import Engine
from models.policy.scoring.scoring import Scores
from models.policy.scoring.updates import PropensityUpdate
from models.policy.steps import DecisionSteps, run_steps_in
from tests.models.learned.features.situations import EVENTS, ZONES
from tests.models.policy.conftest import NOW
from tests.models.policy.deciding import Ask

LATE = timedelta(days=200)  # from the first of EVENTS to after the last
CUSTOMERS = st.fixed_dictionaries(
    {
        "log": st.lists(EVENTS, max_size=10),
        "often": st.sampled_from([1, 1, 1, 40]),
        "folded_days": st.sampled_from([None, None, None, 180]),
        "stated_phase": st.sampled_from([None, None, "stranger", "interested", "customer"]),
        "attributes": st.dictionaries(st.just("age"), st.integers(0, 120)),
        "consent": st.fixed_dictionaries(
            {"email": st.booleans()},
            optional={"marketing": st.booleans(), "personalization": st.booleans()},
        ),
        "time_zone": ZONES,
        "limit": st.integers(1, 3),
        "channels": st.sampled_from([None, None, ("email",), ("web", "email")]),
        "context": st.sampled_from([{}, {}, {"weights": {"offer": 2.5}}]),
        "explain": st.booleans(),
    }
)


@pytest.fixture(scope="module")
def engines(
    tiny_journey: Journey,
    learned: Models,
    make_advantage: Callable[[Journey, FeatureSpec], ServedAdvantage],
) -> dict[str, Engine]:
    arms = tuple(Arm(name=policy.value, share=0.25, policy=policy) for policy in list(ArmPolicy)[:4])
    objective = tiny_journey.objective
    armed = replace(objective, arms=arms, bounds=Bounds(minimum_propensity=0.2, minimum_gain=0.1))
    thompson = replace(objective, exploration=Exploration(method=ExplorationMethod.THOMPSON))
    lease = replace(tiny_journey.actions[1], name="lease")
    newer = replace(tiny_journey, actions=(*tiny_journey.actions, lease))
    in_money = replace(learned, advantage=make_advantage(tiny_journey, learned.spec))
    plain = Engine(tiny_journey, learned, "b")
    shape = (len(tiny_journey.phases), len(tiny_journey.treatments))
    update = PropensityUpdate(
        shift=np.full(shape, 0.3),
        evidence=np.full(shape, 5.0),
        seen=np.full(shape, 5.0),
        version="u",
        content=b"",
    )
    return {
        "learned": plain,
        "playbook": Engine(tiny_journey, None, "none"),
        "arms and bounds": Engine(replace(tiny_journey, objective=armed), learned, "b", tiny_journey),
        "thompson": Engine(replace(tiny_journey, objective=thompson), learned, "b", tiny_journey),
        "a new action": Engine(newer, learned, "b", tiny_journey),
        "effects in money": Engine(tiny_journey, in_money, "b"),
        "updated": plain.updated(update),
    }


NAMES = ("learned", "playbook", "arms and bounds", "thompson", "a new action", "effects in money", "updated")


def made(ask: Ask, number: int, told: dict[str, Any]) -> DecisionRequest:
    """A request with a kept past; every few events may have happened often, the oldest may be folded."""
    own = dict(told)
    log, often, folded_days = own.pop("log"), own.pop("often"), own.pop("folded_days")
    events = [
        replace(event, occurred_at=event.occurred_at + timedelta(minutes=minute))
        for event in log
        for minute in range(often)
    ]
    past = build_past(event_of(event, str(key)) for key, event in enumerate(events))
    if folded_days is not None:
        at = NOW - timedelta(days=folded_days)
        past = past.fold(round(at.timestamp() * 1000))
    return ask(customer_id=f"c-{number}", decision_id=f"d-{number}", past=past, **own)


def bits(steps: DecisionSteps) -> dict[str, Any]:
    """All that was counted, as bytes."""
    scores = {field.name: getattr(steps.scores, field.name).tobytes() for field in fields(Scores)}
    picks = [(pick.candidate, pick.probability.tobytes(), pick.admitted.tobytes()) for pick in steps.picks]
    return {"picks": picks, "candidates": steps.candidates.tolist(), **scores}


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(CUSTOMERS, min_size=4, max_size=12))
def test_at_once_and_one_by_one_are_the_same(
    engines: dict[str, Engine], ask: Ask, name: str, customers: list[dict[str, Any]]
) -> None:
    requests = [made(ask, number, told) for number, told in enumerate(customers)]
    together = decide_all_in_steps(engines[name], requests)
    for request, (decision, steps) in zip(requests, together, strict=True):
        alone, its_steps = decide_in_steps(engines[name], request)
        assert decision == alone
        assert bits(steps) == bits(its_steps)


def test_more_than_are_scored_at_once(
    engines: dict[str, Engine], ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps_module, "_AT_ONCE", 3)
    requests = [ask(customer_id=f"c-{n}", decision_id=f"d-{n}", past=NO_PAST) for n in range(8)]
    together = decide_all_in_steps(engines["learned"], requests)
    assert [decision for decision, _ in together] == [
        decide_in_steps(engines["learned"], request)[0] for request in requests
    ]


def test_what_joins_is_situated_once(
    engines: dict[str, Engine], ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A customer who may not be profiled, and one without a kept past, go by themselves."""
    alone: list[str] = []
    run = steps_module.run_steps
    monkeypatch.setattr(
        steps_module, "run_steps", lambda e, request: alone.append(request.decision_id) or run(e, request)
    )
    requests = [
        ask(decision_id="joins", past=NO_PAST),
        ask(decision_id="unprofiled", past=NO_PAST, consent={"personalization": False}),
        ask(decision_id="rows"),
        ask(decision_id="joins too", past=NO_PAST),
    ]
    decide_all_in_steps(engines["learned"], requests)
    assert alone == ["unprofiled", "rows"]


def test_nobody_is_decided_for_nobody(engines: dict[str, Engine]) -> None:
    assert decide_all_in_steps(engines["learned"], []) == []


def test_a_request_that_cannot_be_decided_fails_as_it_does_alone(
    engines: dict[str, Engine], ask: Ask
) -> None:
    wrong = ask(past=NO_PAST, channels=("pigeon",))
    with pytest.raises(UnknownNameError, match="pigeon"):
        decide_all_in_steps(engines["learned"], [ask(past=NO_PAST), wrong])


def test_touchpoints_that_nobody_declared_keep_their_names(engines: dict[str, Engine], ask: Ask) -> None:
    def past(*names: str) -> Any:
        events = [
            Interaction(occurred_at=NOW - timedelta(days=day + 1), channel="web", touchpoint=name)
            for day, name in enumerate(names)
        ]
        return build_past(event_of(event, str(key)) for key, event in enumerate(events))

    requests = [
        ask(decision_id=f"d-{n}", past=past(*names))
        for n, names in enumerate([("odd", "visit"), ("visit",), ("other", "odd")])
    ]
    together = decide_all_in_steps(engines["learned"], requests)
    history = together[0][1].situations.history
    assert [history.touchpoints[code] for code in history.touchpoint] == [
        "visit",
        "odd",
        "visit",
        "odd",
        "other",
    ]


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(CUSTOMERS, min_size=4, max_size=12), st.randoms())
def test_pasts_in_one_history_give_what_each_gives_alone(
    engines: dict[str, Engine], ask: Ask, name: str, customers: list[dict[str, Any]], shuffled: Random
) -> None:
    """The history holds everybody, in another order than they are asked for."""
    engine = engines[name]
    requests, pasts = [], []
    for number, told in enumerate(customers):
        own = {name: value for name, value in told.items() if name not in ("log", "often", "folded_days")}
        requests.append(ask(customer_id=f"c-{number}", decision_id=f"d-{number}", **own))
        pasts.append(tuple(told["log"]))
    places = list(range(len(requests)))
    shuffled.shuffle(places)
    history = build_history(engine.journey, [pasts[places.index(place)] for place in range(len(places))])

    found = dict(run_steps_in(engine, requests, history, np.array(places)))

    assert sorted(found) == list(range(len(requests)))
    for index, request in enumerate(requests):
        alone, its_steps = decide_in_steps(engine, replace(request, interactions=pasts[index]))
        steps = found[index]
        assert bits(steps) == bits(its_steps)
        assert build_decision(engine, steps) == alone
