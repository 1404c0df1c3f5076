"""Decisions are complete, repeatable, and drawn as logged."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from models.bundle import Models
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.objective import ArmPolicy, Exploration, ExplorationMethod
from models.policy.decide import decide
from models.policy.engine import Engine
from tests.models.policy.deciding import Ask, only, with_objective


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


def test_a_list_does_not_exceed_what_may_be_delivered(
    engine: Engine, ask: Ask, contact: Callable[..., Interaction]
) -> None:
    """One more mail fits into the week, so of offer and teaser at most one comes by mail."""
    for i in range(40):
        request = ask(contact(None, "email", 3), decision_id=f"d-{i}", stated_phase="interested", limit=3)
        decision = decide(engine, request)
        assert sum(a.channel == "email" for a in decision.actions) <= 1
        assert [a.rank for a in decision.actions] == list(range(1, len(decision.actions) + 1))


def test_the_order_of_events_is_irrelevant(
    engine: Engine, ask: Ask, touch: Callable[..., Interaction], contact: Callable[..., Interaction]
) -> None:
    events = [touch("quote", 9), contact("offer", "email", 8), touch("visit", 4), touch("visit", 2)]
    first = decide(engine, ask(*events))
    rng = np.random.default_rng(0)
    for _ in range(5):
        assert decide(engine, ask(*[events[i] for i in rng.permutation(4)])) == first
