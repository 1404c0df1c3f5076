"""The logged probability is the true one: decisions drawn through every path against what they logged.

Each path decides whole a few hundred times and then draws again and again in the same situation, which is all
that a ``decision_id`` changes (the first draws are compared with whole decisions). ``NBA_DRAWS`` sets the
draws of all paths together: 60,000 in the suite, a million with ``make simulation``.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from models.bundle import Models
from models.domain.decision import DecisionRequest
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.objective import (
    Arm,
    ArmPolicy,
    Bounds,
    Exploration,
    ExplorationMethod,
    NewTreatments,
    ShareBound,
)
from models.policy.choice.choice import Chooser
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.steps import draw_again, run_steps
from tests.models.policy.deciding import Ask

DRAWS = int(os.environ.get("NBA_DRAWS", "60000"))
WHOLE = 100
LEAST_P = 1e-4  # per path: with sixteen paths a false alarm comes once in six hundred runs

Contact = Callable[..., Interaction]

ARMS = (
    Arm(name="learned", share=0.4, policy=ArmPolicy.DEFAULT),
    Arm(name="random", share=0.3, policy=ArmPolicy.RANDOM),
    Arm(name="playbook", share=0.2, policy=ArmPolicy.PLAYBOOK),
    Arm(name="control", share=0.1, policy=ArmPolicy.NOTHING),
)
SPREAD = Exploration(gamma=0.3, floor=0.05)

PATHS: Mapping[str, dict[str, Any]] = {
    "open": {},
    "thompson": {"exploration": Exploration(method=ExplorationMethod.THOMPSON, floor=0.05)},
    "no exploration": {"exploration": Exploration(method=ExplorationMethod.NONE)},
    "explores at most": {"exploration": replace(SPREAD, at_most=0.1)},
    "filtered": {"ask": {"attributes": {"age": 12}}},
    "capped": {"contacts": 2},
    "nearly capped list": {"contacts": 1, "ask": {"limit": 3}},
    "fallback": {"models": False},
    "fallback list": {"models": False, "ask": {"limit": 2}},
    "pinned phase": {"ask": {"stated_phase": "stranger"}},
    "slate": {"ask": {"stated_phase": "stranger", "placements": ("banner", "sidebar")}},
    "list": {"ask": {"limit": 3}},
    "priced": {"bounds": Bounds(shares={"offer": ShareBound(at_most=0.1, price=40.0)})},
    "bounded": {"bounds": Bounds(minimum_gain=0.0)},
    "new_treatment": {"new_treatment": True},
    "service message": {"ask": {"stated_phase": "customer"}},
}


def engine_of(journey: Journey, models: Models, path: Mapping[str, Any]) -> Engine:
    objective = replace(
        journey.objective,
        exploration=path.get("exploration", SPREAD),
        bounds=path.get("bounds", Bounds()),
        arms=path.get("arms", journey.objective.arms),
    )
    changed = replace(journey, objective=objective)
    if path.get("new_treatment"):
        lease = replace(journey.actions[1], name="lease")
        new = replace(objective.exploration, new=NewTreatments(share=0.1))
        changed = replace(
            changed, actions=(*journey.actions, lease), objective=replace(objective, exploration=new)
        )
    return Engine(changed, models if path.get("models", True) else None, "b", trained=journey)


def request_of(ask: Ask, contact: Contact, path: Mapping[str, Any]) -> DecisionRequest:
    events = [contact(None, "email", 3.0)] * path.get("contacts", 0)
    fields = {"stated_phase": "interested", "attributes": {"age": 40}, "explain": False}
    return ask(*events, **{**fields, **path.get("ask", {})})


@dataclass(frozen=True, slots=True)
class Remembered(Chooser):
    """The same chooser; distributions of equal candidates are worked out once (they are a pure function)."""

    inner: Chooser
    known: dict[bytes, np.ndarray]

    def probabilities(self, admitted: np.ndarray) -> np.ndarray:
        key = admitted.tobytes()
        if key not in self.known:
            self.known[key] = self.inner.probabilities(admitted)
        return self.known[key].copy()


def remembered(chooser: Chooser) -> Chooser:
    return Remembered(chooser.merit, chooser.protected, chooser, {})


def p_value(seen: Counter[int], logged: Mapping[int, float]) -> float:
    """Chi-square of realised against logged; 0 where the impossible happened. Small cells are pooled."""
    total = sum(seen.values())
    if any(logged[choice] <= 0.0 for choice in seen):
        return 0.0
    cells = sorted((p * total, float(seen[choice])) for choice, p in logged.items() if p > 0.0)
    expected, realised = cells[0]
    statistic, degrees = 0.0, -1
    for index, (more, found) in enumerate([*cells[1:], (0.0, 0.0)]):
        if expected >= 5.0 or index == len(cells) - 1:
            statistic += (realised - expected) ** 2 / max(expected, 1e-9)
            degrees += 1
            expected, realised = more, found
        else:
            expected, realised = expected + more, realised + found
    return float(chi2.sf(statistic, degrees)) if degrees > 0 else 1.0


@pytest.mark.parametrize("name", PATHS)
def test_what_is_drawn_is_what_is_logged(
    tiny_journey: Journey, learned: Models, ask: Ask, contact: Contact, name: str
) -> None:
    path = PATHS[name]
    engine, request = engine_of(tiny_journey, learned, path), request_of(ask, contact, path)
    steps = run_steps(engine, request)
    for number in range(WHOLE // 10):
        decision = decide(engine, replace(request, decision_id=f"d-{number}"))
        picks = draw_again(engine, steps, f"d-{number}")
        drawn = [int(steps.candidates[pick.candidate]) for pick in picks]
        codes = engine.journey.treatment_index
        assert drawn == [codes[one.action, one.channel] for one in decision.actions]
        logged = [float(pick.probability[pick.candidate]) for pick in picks]
        assert logged == [one.action_probability for one in decision.actions]
    steps = replace(steps, chooser=remembered(steps.chooser))
    seen: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    told: dict[tuple[int, ...], dict[int, float]] = {}
    for number in range(DRAWS // len(PATHS)):
        above: tuple[int, ...] = ()
        for pick in draw_again(engine, steps, f"{name}-{number}"):
            seen[above][pick.candidate] += 1
            told.setdefault(above, dict(enumerate(pick.probability.tolist())))
            above = (*above, pick.candidate)
    for above, counts in seen.items():
        assert sum(told[above].values()) == pytest.approx(1.0, abs=1e-9)
        assert p_value(counts, told[above]) > LEAST_P / len(seen), (name, above, counts, told[above])


def test_arms_decide_by_their_own_probabilities(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    """Many customers, each in the arm of their hash: per arm, what was drawn against what was logged."""
    engine = engine_of(tiny_journey, learned, {"arms": ARMS})
    seen: dict[str, Counter[int]] = defaultdict(Counter)
    told: dict[str, dict[int, float]] = {}
    codes = engine.journey.treatment_index
    for number in range(max(DRAWS // 100, 600)):
        request = ask(
            customer_id=f"c-{number}", decision_id=f"arm-{number}", stated_phase="interested", explain=False
        )
        decision = decide(engine, request)
        first = decision.actions[0]
        seen[decision.arm][codes[first.action, first.channel]] += 1
        candidates = {codes[one.action, one.channel]: one.action_probability for one in decision.candidates}
        assert told.setdefault(decision.arm, candidates) == candidates
        assert first.action_probability == candidates[codes[first.action, first.channel]]
    assert set(seen) == {arm.name for arm in ARMS}
    for arm, counts in seen.items():
        assert p_value(counts, told[arm]) > LEAST_P, arm


def test_a_wrong_probability_would_be_found() -> None:
    """The test of the test: 3,750 draws tell 0.30 from 0.34."""
    right, wrong = {0: 0.7, 1: 0.3}, {0: 0.66, 1: 0.34}
    seen = Counter({0: 2625, 1: 1125})
    assert p_value(seen, right) > 0.9
    assert p_value(seen, wrong) < LEAST_P
    assert p_value(Counter({0: 1, 2: 1}), {0: 1.0, 2: 0.0}) == 0.0
