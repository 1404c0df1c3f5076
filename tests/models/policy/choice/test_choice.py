"""How candidates share the probability, by the customer's arm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import kernel
from models.bundle import Models
from models.domain.decision import Decision, Reason
from models.domain.journey import Journey
from models.domain.objective import (
    ArmPolicy,
    Exploration,
    ExplorationMethod,
)
from models.policy.choice.choice import GapChooser, SharedChooser, learned_share
from models.policy.decide import decide
from models.policy.engine import Engine
from tests.models.policy.deciding import Ask, engine_with, only, with_objective


def test_no_more_is_explored_than_at_most(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    for method in (ExplorationMethod.INVERSE_GAP, ExplorationMethod.THOMPSON):
        wide = Exploration(method=method, gamma=0.01, floor=0.2)
        free = decide(engine_with(tiny_journey, learned, exploration=wide), ask(stated_phase="interested"))
        capped = decide(
            engine_with(tiny_journey, learned, exploration=replace(wide, at_most=0.05)),
            ask(stated_phase="interested"),
        )
        assert max(c.action_probability for c in free.candidates) < 0.9
        assert max(c.action_probability for c in capped.candidates) == pytest.approx(0.95)
        assert sum(c.action_probability for c in capped.candidates) == pytest.approx(1.0)


def test_each_arm_gets_its_policy(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    def in_arm(policy: ArmPolicy) -> Decision:
        journey = with_objective(tiny_journey, arms=only(policy))
        return decide(Engine(journey, learned, "b"), ask(stated_phase="interested"))

    nothing, playbook, everything = (
        in_arm(policy) for policy in (ArmPolicy.NOTHING, ArmPolicy.PLAYBOOK, ArmPolicy.RANDOM)
    )
    assert nothing.actions[0].action == "nothing"
    assert nothing.actions[0].action_probability == 1.0
    assert playbook.actions[0].action == "offer"
    assert playbook.actions[0].action_probability == 1.0
    assert {c.action_probability for c in everything.candidates} == {0.25}
    for decision in (nothing, playbook, everything):
        assert decision.reason is Reason.CONTROL_ARM
        assert decision.actions[0].reasons[0] == "CONTROL_ARM"
    assert nothing.arm == "all-nothing"
    assert nothing.policy.startswith("nothing/")


def test_without_a_bundle_the_playbook_decides(tiny_journey: Journey, ask: Ask) -> None:
    journey = with_objective(tiny_journey, exploration=Exploration(floor=0.0))
    decision = decide(Engine(journey, None, "none"), ask(stated_phase="interested"))
    assert (decision.actions[0].action, decision.reason) == ("offer", Reason.MODEL_UNAVAILABLE)
    assert decision.degraded
    assert decision.actions[0].reasons == ("MODEL_UNAVAILABLE", "PLAYBOOK_ORDER")


def test_a_service_message_that_is_best_is_never_explored_away(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    """Worth 1,000 EUR, it is sent with certainty, in every arm and by every method."""
    actions = tuple(replace(a, value=1000.0) if a.name == "care" else a for a in tiny_journey.actions)
    for arm in (ArmPolicy.DEFAULT, ArmPolicy.RANDOM, ArmPolicy.NOTHING):
        journey = with_objective(replace(tiny_journey, actions=actions), arms=only(arm))
        decision = decide(Engine(journey, learned, "b"), ask(stated_phase="customer"))
        assert (decision.actions[0].action, decision.actions[0].action_probability) == ("care", 1.0)
        assert "SERVICE_MESSAGE" in decision.actions[0].reasons
        assert decision.reason is Reason.ARBITRATION


@pytest.mark.skipif(kernel.native is None, reason="the kernel was not built: no C compiler")
@settings(max_examples=150, deadline=None)
@given(st.integers(1, 300), st.integers(0, 2**32 - 1), st.sampled_from([1.0, 0.05]), st.booleans())
def test_the_kernel_shares_to_the_bits_of_numpy(
    size: int, seed: int, at_most: float, some_protected: bool
) -> None:
    rng = np.random.default_rng(seed)
    merit = rng.normal(0, 1, size).round(rng.integers(0, 3))  # equals among them
    admitted, protected = rng.random(size) < 0.7, (rng.random(size) < 0.2) & some_protected
    admitted[0], protected[0] = True, False
    chosen = Exploration(method=ExplorationMethod.INVERSE_GAP, gamma=2.0, floor=0.02, at_most=at_most)
    numpy_alone = SharedChooser(
        merit, protected, learned_share(chosen, merit[None], np.zeros((1, size)), np.zeros((1, size)))
    )
    shares = GapChooser(merit, protected, chosen).probabilities(admitted)
    assert np.array_equal(shares, numpy_alone.probabilities(admitted))
