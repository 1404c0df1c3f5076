"""decide: complete, pure, and true to the probability that it logs."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.bundle import Models
from models.domain.decision import Decision, DecisionRequest, Reason
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.objective import Arm, ArmPolicy, Exploration, ExplorationMethod
from models.errors import RequestError, UnknownNameError
from models.policy.decide import decide
from models.policy.engine import Engine

Ask = Callable[..., DecisionRequest]


def with_objective(journey: Journey, **fields: Any) -> Journey:
    return replace(journey, objective=replace(journey.objective, **fields))


def only(policy: ArmPolicy) -> tuple[Arm, ...]:
    return (Arm(name=f"all-{policy}", share=1.0, policy=policy),)


@pytest.fixture
def engine(tiny_journey: Journey, learned: Models) -> Engine:
    return Engine(tiny_journey, learned, "2026-11-20")


def test_a_decision_is_complete(engine: Engine, ask: Ask, touch: Callable[..., Interaction]) -> None:
    request = ask(touch("quote", 5), explain=False)
    decision = decide(engine, request)
    chosen = decision.actions[0]
    assert (decision.decision_id, decision.customer_id) == ("d-1", "c-1")
    assert decision.expires_at == request.decided_at + timedelta(hours=24)
    assert (decision.phase.name, decision.phase.source) == ("interested", "history")
    assert decision.phase.since == request.decided_at - timedelta(days=5)
    assert (decision.bundle, decision.arm, decision.currency) == ("2026-11-20", "treatment", "EUR")
    assert decision.policy == f"inverse_gap-1.0-0.02/{engine.journey.sha256[:8]}"
    assert not decision.degraded
    assert decision.drop_outs == ()
    assert chosen.rank == 1
    assert 0.0 < chosen.action_probability <= 1.0
    assert sum(c.action_probability for c in decision.candidates) == pytest.approx(1.0, abs=1e-12)
    assert sum(chosen.leads_to.values()) == pytest.approx(1.0)
    assert list(chosen.leads_to) == ["stranger", "interested", "customer"]
    assert decision.candidates[0].action == "nothing"
    assert decision.candidates[0].value.over_nothing == 0.0


def test_how_the_phase_is_known(engine: Engine, ask: Ask, touch: Callable[..., Interaction]) -> None:
    unknown = decide(engine, ask()).phase
    stated = decide(engine, ask(touch("quote", 5), stated_phase="customer")).phase
    assert (unknown.name, unknown.source) == ("stranger", "default")
    assert (stated.name, stated.source) == ("customer", "stated")


def test_the_same_request_gives_the_same_answer(engine: Engine, ask: Ask) -> None:
    assert decide(engine, ask()) == decide(engine, ask())


def test_the_same_decision_id_gives_the_same_answer_in_another_process(
    tiny_journey: Journey, tiny_journey_text: str, ask: Ask, tmp_path: Path
) -> None:
    file = tmp_path / "journey.yaml"
    file.write_text(tiny_journey_text)
    program = f"""
from datetime import UTC, datetime
from pathlib import Path
from models.domain.decision import DecisionRequest
from models.domain.interaction import Customer
from models.journey_file import parse_journey
from models.policy.decide import decide
from models.policy.engine import Engine
engine = Engine(parse_journey(Path({str(file)!r}).read_bytes(), "tiny.yaml"), None, "none")
for i in range(20):
    customer = Customer(customer_id="c-1", consent={{"email": True}})
    now = datetime(2026, 11, 21, 11, tzinfo=UTC)
    request = DecisionRequest(decision_id=f"d-{{i}}", customer=customer, decided_at=now)
    print(decide(engine, request))
"""
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    engine = Engine(tiny_journey, None, "none")
    here = [str(decide(engine, ask(decision_id=f"d-{i}", explain=False))) for i in range(20)]
    assert other.stdout.splitlines() == here


@pytest.mark.parametrize(
    ("arm", "method"),
    [
        *((ArmPolicy.DEFAULT, method) for method in ExplorationMethod),
        *((arm, ExplorationMethod.INVERSE_GAP) for arm in ArmPolicy if arm is not ArmPolicy.DEFAULT),
    ],
)
def test_realised_frequencies_follow_the_logged_probabilities(
    tiny_journey: Journey, learned: Models, ask: Ask, arm: ArmPolicy, method: ExplorationMethod
) -> None:
    """Chi-square over 250 decisions of one customer, in every arm and by every method."""
    exploration = Exploration(method=method, gamma=0.3, floor=0.05)
    journey = with_objective(tiny_journey, exploration=exploration, arms=only(arm))
    engine = Engine(journey, learned, "b")
    made = [
        decide(engine, ask(decision_id=f"d-{i}", stated_phase="interested", explain=False))
        for i in range(250)
    ]
    logged = {(c.action, c.channel): c.action_probability for c in made[0].candidates}
    seen = Counter((d.actions[0].action, d.actions[0].channel) for d in made)
    assert all(
        d.actions[0].action_probability == logged[d.actions[0].action, d.actions[0].channel] for d in made
    )
    statistic = sum((seen[t] - 250 * p) ** 2 / (250 * p) for t, p in logged.items() if p > 0)
    assert statistic < 22.0  # at most 3 degrees of freedom: p < 0.0001
    assert all(logged[t] > 0 for t in seen)


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


def test_reasons_tell_arbitration_from_exploration(engine: Engine, ask: Ask) -> None:
    decisions = [decide(engine, ask(decision_id=f"d-{i}", stated_phase="interested")) for i in range(80)]
    for decision in decisions:
        best = max(decision.candidates, key=lambda c: c.value.priority)
        chosen = decision.actions[0]
        is_best = (chosen.action, chosen.channel) == (best.action, best.channel)
        assert decision.reason is (Reason.ARBITRATION if is_best else Reason.EXPLORATION)
        assert chosen.reasons == (("HIGHEST_JOURNEY_VALUE",) if is_best else ("EXPLORATION",))
    assert {decision.reason for decision in decisions} == {Reason.ARBITRATION, Reason.EXPLORATION}


def test_placements_get_what_belongs_there_without_duplicates(engine: Engine, ask: Ask) -> None:
    for i in range(30):
        decision = decide(engine, ask(decision_id=f"d-{i}", placements=("banner", "sidebar")))
        assert [a.placement for a in decision.actions] == ["banner", "sidebar"]
        assert all(a.channel in (None, "web") for a in decision.actions)
        taken = [a.action for a in decision.actions if a.action != "nothing"]
        assert len(taken) == len(set(taken))


def test_a_list_does_not_exceed_what_may_be_delivered(
    engine: Engine, ask: Ask, contact: Callable[..., Interaction]
) -> None:
    """One more mail fits into the week, so of offer and teaser at most one comes by mail."""
    for i in range(40):
        request = ask(contact(None, "email", 3), decision_id=f"d-{i}", stated_phase="interested", limit=3)
        decision = decide(engine, request)
        assert sum(a.channel == "email" for a in decision.actions) <= 1
        assert [a.rank for a in decision.actions] == list(range(1, len(decision.actions) + 1))


def test_context_weights_steer(engine: Engine, ask: Ask) -> None:
    plain = decide(engine, ask())
    heavy = decide(engine, ask(context={"weights": {"teaser": 2.0, "awareness": 1.5}}))
    for before, after in zip(plain.candidates[1:], heavy.candidates[1:], strict=True):
        assert after.value.immediate == pytest.approx(3.0 * before.value.immediate)


@pytest.mark.parametrize(
    "fields",
    [
        {"channels": ("fax",)},
        {"placements": ("footer",)},
        {"exclude": ("teezer",)},
        {"exclude": ("nothing",)},
        {"stated_phase": "married"},
        {"context": {"weights": {"teezer": 2.0}}},
    ],
)
def test_unknown_names_are_refused_with_what_there_is(
    engine: Engine, ask: Ask, fields: dict[str, Any]
) -> None:
    with pytest.raises(UnknownNameError, match="it has '"):
        decide(engine, ask(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": 0},
        {"limit": 101},
        {"placements": ()},
        {"context": {"weights": {"teaser": -1.0}}},
        {"context": {"weights": {"teaser": float("nan")}}},
        {"context": {"weights": ["teaser"]}},
        {"context": {"expires_after_hours": 0}},
    ],
)
def test_numbers_out_of_range_are_refused(engine: Engine, ask: Ask, fields: dict[str, Any]) -> None:
    with pytest.raises(RequestError, match="expected"):
        decide(engine, ask(**fields))


def test_the_order_of_events_is_irrelevant(
    engine: Engine, ask: Ask, touch: Callable[..., Interaction], contact: Callable[..., Interaction]
) -> None:
    events = [touch("quote", 9), contact("offer", "email", 8), touch("visit", 4), touch("visit", 2)]
    first = decide(engine, ask(*events))
    rng = np.random.default_rng(0)
    for _ in range(5):
        assert decide(engine, ask(*[events[i] for i in rng.permutation(4)])) == first
