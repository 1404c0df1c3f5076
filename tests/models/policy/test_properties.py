"""What holds for every journey file and customer: rules found by hypothesis, not by example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.bundle import Models
from models.domain.decision import Decision
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.objective import Exploration, ExplorationMethod
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.steps import run_steps
from tests.models.policy.deciding import Ask

Touch = Callable[..., Interaction]

PROPERTY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
REQUESTS = st.fixed_dictionaries(
    {
        "decision_id": st.text("abcdef0123456789", min_size=1, max_size=12),
        "stated_phase": st.sampled_from([None, "stranger", "interested", "customer"]),
        "attributes": st.dictionaries(st.just("age"), st.integers(0, 120)),
        "consent": st.dictionaries(st.sampled_from(["email", "marketing"]), st.booleans()),
        "limit": st.integers(1, 3),
        "channels": st.sampled_from([None, ("email",), ("web",), ("web", "email")]),
    }
)
EXPLORATIONS = st.builds(
    Exploration,
    method=st.sampled_from(ExplorationMethod),
    gamma=st.floats(0.01, 10.0),
    floor=st.floats(0.0, 0.3),
    at_most=st.floats(0.0, 1.0),
)


@pytest.fixture(scope="module")
def engines(tiny_journey: Journey, learned: Models) -> dict[str, Engine]:
    return {"learned": Engine(tiny_journey, learned, "b"), "playbook": Engine(tiny_journey, None, "none")}


def chosen(decision: Decision) -> list[tuple[str, str | None]]:
    return [(one.action, one.channel) for one in decision.actions]


@PROPERTY
@given(REQUESTS, st.sampled_from(["learned", "playbook"]), st.integers(0, 4))
def test_the_ineligible_never_wins_and_probabilities_sum_to_one(
    engines: dict[str, Engine], ask: Ask, touch: Touch, fields: dict[str, Any], which: str, visits: int
) -> None:
    request = ask(*(touch("visit", 1.0 + day) for day in range(visits)), **fields)
    steps = run_steps(engines[which], request)
    decision = decide(engines[which], request)
    dropped = {(one.action, one.channel) for one in decision.drop_outs}
    assert not dropped & {*chosen(decision)} - {("nothing", None)}
    assert not dropped & {(one.action, one.channel) for one in decision.candidates}
    for pick in steps.picks:
        assert abs(pick.probability.sum() - 1.0) < 1e-9
        assert (pick.probability[~pick.admitted] == 0.0).all()
        assert pick.probability[pick.candidate] > 0.0
    assert decide(engines[which], request) == decision


@PROPERTY
@given(fields=REQUESTS, value=st.floats(1.0, 1e9))
def test_no_value_buys_past_eligibility(
    tiny_journey: Journey, learned: Models, ask: Ask, fields: dict[str, Any], value: float
) -> None:
    """The offer is worth anything at all, and a child still does not get it."""
    actions = tuple(replace(a, value=value) if a.name == "offer" else a for a in tiny_journey.actions)
    engine = Engine(replace(tiny_journey, actions=actions), learned, "b")
    decision = decide(engine, ask(**{**fields, "attributes": {"age": 12}}))
    assert "offer" not in {action for action, _ in chosen(decision)}


@PROPERTY
@given(fields=REQUESTS, order=st.permutations(range(3)), policies=st.permutations(range(2)))
def test_the_order_in_the_file_is_irrelevant(
    tiny_journey: Journey, ask: Ask, fields: dict[str, Any], order: list[int], policies: list[int]
) -> None:
    """Without a model: a bundle's codes are by name and pass the same way (``trained``)."""
    first = tiny_journey.policies[0]
    both = (first, replace(first, code="GROWN_UP", when=first.when.replace("18", "21")))
    journey = replace(tiny_journey, policies=both)
    shuffled = replace(
        journey,
        actions=tuple(tiny_journey.actions[i] for i in order),
        policies=tuple(both[i] for i in policies),
    )
    request = ask(**{**fields, "explain": False})
    one, other = (decide(Engine(j, None, "none"), request) for j in (journey, shuffled))
    assert chosen(one) == chosen(other)
    assert [tuple(a.leads_to.items()) for a in one.actions] == [
        tuple(a.leads_to.items()) for a in other.actions
    ]
    assert {(c.action, c.channel): c.action_probability for c in one.candidates} == {
        (c.action, c.channel): c.action_probability for c in other.candidates
    }


@PROPERTY
@given(fields=REQUESTS, order=st.permutations(range(3)))
def test_the_order_in_the_file_is_irrelevant_to_a_bundle(
    tiny_journey: Journey, learned: Models, ask: Ask, fields: dict[str, Any], order: list[int]
) -> None:
    shuffled = replace(tiny_journey, actions=tuple(tiny_journey.actions[i] for i in order))
    request = ask(**{**fields, "explain": False})
    one = decide(Engine(tiny_journey, learned, "b"), request)
    other = decide(Engine(shuffled, learned, "b", trained=tiny_journey), request)
    assert (chosen(one), list(one.candidates)) == (chosen(other), list(other.candidates))


@PROPERTY
@given(fields=REQUESTS, exploration=EXPLORATIONS)
def test_adding_an_ineligible_action_changes_nothing(
    tiny_journey: Journey, learned: Models, ask: Ask, fields: dict[str, Any], exploration: Exploration
) -> None:
    objective = replace(tiny_journey.objective, exploration=exploration)
    journey = replace(tiny_journey, objective=objective)
    never = replace(journey.policies[0], code="NEVER", actions=("extra",), when="false")
    extra = replace(journey.actions[0], name="extra", value=1e6)
    more = replace(journey, actions=(extra, *journey.actions), policies=(never, *journey.policies))
    request = ask(**{**fields, "explain": False})
    one = decide(Engine(journey, learned, "b", trained=tiny_journey), request)
    other = decide(Engine(more, learned, "b", trained=tiny_journey), request)
    assert (chosen(one), list(one.candidates)) == (chosen(other), list(other.candidates))


@PROPERTY
@given(fields=REQUESTS, value=st.floats(0.0, 100.0), more=st.floats(0.0, 100.0))
def test_raising_a_value_never_lowers_a_rank(
    tiny_journey: Journey, learned: Models, ask: Ask, fields: dict[str, Any], value: float, more: float
) -> None:
    ranks = []
    for worth in (value, value + more):
        actions = tuple(replace(a, value=worth) if a.name == "teaser" else a for a in tiny_journey.actions)
        engine = Engine(replace(tiny_journey, actions=actions), learned, "b")
        steps = run_steps(engine, ask(**fields))
        names = [engine.journey.treatments[code].action for code in steps.candidates.tolist()]
        order = np.argsort(-steps.chooser.merit, kind="stable").tolist()
        ranks.append([order.index(i) for i, name in enumerate(names) if name == "teaser"])
    assert all(after <= before for before, after in zip(*ranks, strict=True))
