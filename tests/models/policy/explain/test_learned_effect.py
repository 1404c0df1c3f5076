"""Effects that were learned in money, part by part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from models.bundle import Models
from models.domain.journey import Journey
from models.learned.advantage.served import ServedAdvantage
from models.policy.engine import Engine
from models.policy.explain.explanation import explain
from tests.models.policy.deciding import Ask


def test_the_parts_add_up_to_what_the_priority_gained(
    tiny_journey: Journey, learned: Models, make_advantage: Callable[..., ServedAdvantage], ask: Ask
) -> None:
    """Phase, customer and later, less the response that was learned with them, are the journey's gain."""
    advantage = make_advantage(tiny_journey, learned.spec)
    engine = Engine(tiny_journey, replace(learned, advantage=advantage), "b")

    explanation = explain(engine, ask(stated_phase="interested", attributes={"age": 70}))

    for one in explanation.candidates:
        code = tiny_journey.treatment_index[one.candidate.action, one.candidate.channel]
        parts = one.learned_effect
        assert parts is not None
        told = parts.phase + parts.customer + parts.later
        response = one.candidate.propensity.value * advantage.value[code]
        assert one.factors.journey_gain == pytest.approx(told - response)
    assert any(one.learned_effect and one.learned_effect.customer for one in explanation.candidates)


def test_bundles_that_reckon_by_phases_have_none(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    explanation = explain(Engine(tiny_journey, learned, "b"), ask(stated_phase="interested"))

    assert {one.learned_effect for one in explanation.candidates} == {None}


def test_a_treatment_the_bundle_has_never_seen_has_none(
    tiny_journey: Journey,
    learned: Models,
    make_advantage: Callable[..., ServedAdvantage],
    with_action: Callable[..., Journey],
    ask: Ask,
) -> None:
    """It gains what those like it gain on average."""
    advantage = make_advantage(tiny_journey, learned.spec)
    teaser = tiny_journey.actions[tiny_journey.action_index["teaser"]]
    newer = replace(tiny_journey, actions=(*tiny_journey.actions, replace(teaser, name="teaser_2")))
    engine = Engine(newer, replace(learned, advantage=advantage), "b", tiny_journey)

    explanation = explain(engine, ask(stated_phase="interested"))

    found = {(one.candidate.action, one.candidate.channel): one for one in explanation.candidates}
    new, old = found["teaser_2", "email"], found["teaser", "email"]
    assert new.learned_effect is None
    assert old.learned_effect is not None
    assert new.candidate.value.over_nothing != 0.0


def test_how_far_the_phase_is_believed_is_told_where_it_is(
    tiny_journey: Journey,
    learned: Models,
    make_advantage: Callable[..., ServedAdvantage],
    believing: Callable[[ServedAdvantage], ServedAdvantage],
    ask: Ask,
) -> None:
    """Parts still add up to the gain."""
    advantage = believing(make_advantage(tiny_journey, learned.spec))
    request = ask(stated_phase="interested")
    sure = explain(Engine(tiny_journey, learned, "b"), request)

    explanation = explain(Engine(tiny_journey, replace(learned, advantage=advantage), "b"), request)

    assert sure.believed is None
    assert explanation.believed is not None
    assert set(explanation.believed) == {phase.name for phase in tiny_journey.phases}
    assert 0.5 < explanation.believed["interested"] < 1.0
    one = explanation.candidates[0]
    code = tiny_journey.treatment_index[one.candidate.action, one.candidate.channel]
    assert one.learned_effect is not None
    told = one.learned_effect.phase + one.learned_effect.customer + one.learned_effect.later
    response = one.candidate.propensity.value * advantage.value[code]
    assert one.factors.journey_gain == pytest.approx(told - response)
