"""A second look at a decision: who alone stood in the way, and what another engine would have done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.bundle import Models
from models.domain.journey import Journey
from models.domain.objective import Bounds
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.rehearsal.second_look import lone_refusals, other_choice
from tests.models.policy.deciding import Ask


@pytest.fixture
def engine(tiny_journey: Journey) -> Engine:
    return Engine(tiny_journey, None, "b")


def test_a_rule_that_alone_is_in_the_way_is_named_with_its_treatments(engine: Engine, ask: Ask) -> None:
    """By e-mail to somebody interested: a teaser and an offer, which wait for the consent alone."""
    request = ask(stated_phase="interested", channels=("email",), consent={})
    assert [one.action for one in decide(engine, request).actions] == ["nothing"]

    found = lone_refusals(engine, request)

    agreed = replace(request, customer=replace(request.customer, consent={"email": True}))
    allowed = len(decide(engine, agreed).candidates) - 1
    assert found["CONSENT_MISSING"] == allowed > 0


def test_where_two_stand_in_the_way_neither_does_alone(engine: Engine, ask: Ask) -> None:
    """The website is not asked for, and nobody asks what is excluded."""
    request = ask(
        stated_phase="interested",
        channels=("email",),
        exclude=("teaser", "offer"),
        consent={},
    )

    assert set(lone_refusals(engine, request)) <= {"NOT_ASKED"}


def test_a_bound_that_refuses_what_passed_all_else_is_named(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    strict = replace(tiny_journey, objective=replace(tiny_journey.objective, bounds=Bounds(minimum_gain=1e6)))
    request = ask(stated_phase="interested")

    found = lone_refusals(Engine(strict, learned, "b", trained=tiny_journey), request)

    assert found["MINIMUM_GAIN"] > 0


def test_another_engine_says_what_it_would_have_done_and_with_which_chance(
    engine: Engine, tiny_journey: Journey, ask: Ask
) -> None:
    """The same engine chooses the same; what it would not allow it would never have done."""
    request = ask(stated_phase="interested")
    first = decide(engine, request).actions[0]

    same = other_choice(engine, request, (first.action, first.channel))
    never = other_choice(engine, request, ("care", "web"))

    assert (same.action, same.channel) == (first.action, first.channel)
    assert same.probability == first.action_probability
    assert never.probability == 0.0
