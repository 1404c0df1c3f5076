"""A decision as it is returned: its phase and its reasons."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.bundle import Models
from models.domain.decision import Reason
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.policy.decide import decide
from models.policy.engine import Engine
from tests.models.policy.deciding import Ask


@pytest.fixture
def engine(tiny_journey: Journey, learned: Models) -> Engine:
    return Engine(tiny_journey, learned, "2026-11-20")


def test_how_the_phase_is_known(engine: Engine, ask: Ask, touch: Callable[..., Interaction]) -> None:
    unknown = decide(engine, ask()).phase
    stated = decide(engine, ask(touch("quote", 5), stated_phase="customer")).phase
    assert (unknown.name, unknown.source) == ("stranger", "default")
    assert (stated.name, stated.source) == ("customer", "stated")


def test_reasons_tell_arbitration_from_exploration(engine: Engine, ask: Ask) -> None:
    decisions = [decide(engine, ask(decision_id=f"d-{i}", stated_phase="interested")) for i in range(80)]
    for decision in decisions:
        best = max(decision.candidates, key=lambda c: c.value.priority)
        chosen = decision.actions[0]
        is_best = (chosen.action, chosen.channel) == (best.action, best.channel)
        assert decision.reason is (Reason.ARBITRATION if is_best else Reason.EXPLORATION)
        assert chosen.reasons == (("HIGHEST_JOURNEY_VALUE",) if is_best else ("EXPLORATION",))
    assert {decision.reason for decision in decisions} == {Reason.ARBITRATION, Reason.EXPLORATION}
