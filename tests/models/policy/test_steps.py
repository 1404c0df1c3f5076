"""The steps of a decision: barriers see everything, the choice only what may be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from models.bundle import Models
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.objective import Bounds
from models.policy.engine import Engine
from models.policy.steps import draw_again, run_steps, unbounded
from tests.models.policy.deciding import Ask


@pytest.fixture
def engine(tiny_journey: Journey, learned: Models) -> Engine:
    return Engine(tiny_journey, learned, "b")


def test_without_leave_a_stranger_is_scored_and_the_customer_is_screened(
    engine: Engine, ask: Ask, touch: Callable[..., Interaction], contact: Callable[..., Interaction]
) -> None:
    """Interested by a quote, mailed yesterday: chosen for like a stranger, and not mailed again so soon."""
    past = (touch("quote", 2), contact("teaser", "email", 1))
    steps = run_steps(engine, ask(*past, consent={"email": True, "personalization": False}))
    phases = engine.journey.phase_index

    assert steps.situations.phase.tolist() == [phases["stranger"]]
    assert int(steps.situations.end[0]) == 0
    assert int(steps.known.end[0]) == 2
    assert steps.known.phase.tolist() == steps.situations.phase.tolist()


def test_with_leave_both_are_the_same_moment(
    engine: Engine, ask: Ask, touch: Callable[..., Interaction]
) -> None:
    steps = run_steps(engine, ask(touch("quote", 2)))

    assert steps.known is steps.situations
    assert steps.situations.phase.tolist() == [engine.journey.phase_index["interested"]]


def test_another_id_changes_the_draw_and_nothing_else(engine: Engine, ask: Ask) -> None:
    steps = run_steps(engine, ask(stated_phase="interested"))
    draws = {draw_again(engine, steps, f"d-{n}")[0].candidate for n in range(200)}

    assert len(draws) > 1
    assert draw_again(engine, steps, steps.request.decision_id)[0].candidate == steps.picks[0].candidate
    assert np.array_equal(draw_again(engine, steps, "d-7")[0].probability, steps.picks[0].probability)


def test_refusals_count_what_each_barrier_took_and_bounds_come_last(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    """Of a stranger without consent to mails: care and offer by phase, the mailed teaser by consent; the
    last one is too unlikely."""
    bounds = Bounds(minimum_propensity=1.0)
    journey = replace(tiny_journey, objective=replace(tiny_journey.objective, bounds=bounds))
    steps = run_steps(Engine(journey, learned, "b", trained=tiny_journey), ask(consent={}))

    assert steps.refusals() == (
        ("phase", "PHASE", 2),
        ("consent", "CONSENT_MISSING", 1),
        ("bounds", "MINIMUM_PROPENSITY", 1),
    )
    assert len(steps.drop_outs(journey)) == 4
    assert unbounded(Engine(journey, learned, "b", trained=tiny_journey), steps).tolist() == [True, True]
