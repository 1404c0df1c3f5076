"""A list holds the best contacts, whatever the order in which customers come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from models.bundle import Models
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.policy.batch.worklist import (
    NOT_WORTH_IT,
    Contact,
    Ranking,
    contact_of,
    with_best_time,
    with_path,
)
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.explain.path_ahead import path_ahead
from models.policy.steps import run_steps


def contact(number: int, gain: float) -> Contact:
    return Contact(
        customer_id=f"c-{number:04}", action="teaser", channel="email", phase="stranger", gain=gain, low=gain,
        high=gain, propensity=0.1,
    )  # fmt: skip


@pytest.mark.parametrize("most", [0, 1, 7, 5_000])
def test_parts_together_are_the_whole_in_any_order(most: int) -> None:
    """Of those who gain the same the lesser id is first; more come than are kept on the way."""
    everybody = [contact(number, float(number % 11)) for number in range(4_000)]
    expected = sorted(everybody, key=lambda one: (-one.gain, one.customer_id))[:most]
    np.random.default_rng(3).shuffle(everybody)
    whole, parts = Ranking(most), [Ranking(most) for _ in range(3)]
    for place, one in enumerate(everybody):
        parts[place % 3].add(one)
    parts[1].add("CONSENT_MISSING")
    for part in parts:
        whole.join(part)

    assert whole.best() == expected
    assert (whole.seen, whole.worth, whole.nothing) == (4_001, 4_000, {"CONSENT_MISSING": 1})


def test_a_contact_is_what_ranks_first_with_its_best_time(
    tiny_journey: Journey, tiny_models: Models, ask: Callable[..., DecisionRequest]
) -> None:
    engine = Engine(tiny_journey, tiny_models, "b")
    request = ask(channels=("email",))
    steps = run_steps(engine, request)
    found = contact_of(engine, steps)
    assert isinstance(found, Contact)

    timed = with_best_time(engine, steps, found)

    within = replace(request, window=(request.decided_at, request.decided_at + timedelta(days=7)))
    chosen = [a for a in decide(engine, within).actions if (a.action, a.channel) == (found.action, "email")]
    assert found.gain == float(steps.scores.over_nothing.max())
    assert timed.best_time is not None
    assert all(action.best_time == timed.best_time for action in chosen)


@pytest.mark.parametrize(("locale", "opening"), [("en", "Now "), ("de-AT", "Jetzt "), ("fr", "Now ")])
def test_the_path_is_the_contacts_own_whatever_was_drawn(
    tiny_journey: Journey, tiny_models: Models, ask: Callable[..., DecisionRequest], locale: str, opening: str
) -> None:
    """In the language of the company's texts, English where it has no words."""
    engine = Engine(replace(tiny_journey, default_locale=locale), tiny_models, "b")
    action = {one.name: one.label for one in tiny_journey.actions}
    channel = {one.name: one.label for one in tiny_journey.channels}
    drawn = set()
    for number in range(30):
        steps = run_steps(engine, ask(channels=("email",), decision_id=f"d-{number}"))
        drawn.add(steps.picks[0].candidate)
        found = contact_of(engine, steps)
        assert isinstance(found, Contact)
        path = path_ahead(engine, steps, steps.chooser.best(steps.picks[0].admitted))
        assert path is not None
        share = round(100 * next(way for way in path.ways if way.phases).probability)

        said = with_path(engine, steps, found).path

        assert said.startswith(f"{opening}{action[found.action]}, {channel['email']}")
        assert said.endswith(f": {share}\u00a0%.")
    assert len(drawn) > 1, "some draws were trials"


def test_without_a_model_there_is_no_path(tiny_journey: Journey, ask: Callable[..., DecisionRequest]) -> None:
    engine = Engine(tiny_journey, None, "none")
    steps = run_steps(engine, ask(channels=("email",)))
    assert with_path(engine, steps, contact(1, 1.0)).path == ""


def test_why_there_is_none_is_the_last_barrier_or_that_it_is_not_worth_it(
    tiny_journey: Journey, tiny_models: Models, ask: Callable[..., DecisionRequest]
) -> None:
    engine = Engine(tiny_journey, tiny_models, "b")
    dear = tuple(replace(channel, cost=1e6) for channel in tiny_journey.channels)
    costly = Engine(replace(tiny_journey, channels=dear), tiny_models, "b")

    refused = contact_of(engine, run_steps(engine, ask(channels=("email",), consent={})))
    not_worth = contact_of(costly, run_steps(costly, ask(channels=("email",))))

    assert (refused, not_worth) == ("CONSENT_MISSING", NOT_WORTH_IT)
