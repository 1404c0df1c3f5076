"""Which of an account's people is spoken to: exact shares, and a draw that can be repeated."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from models.bundle import Models
from models.domain.account import AccountState
from models.domain.journey import Accounts, Journey, Role
from models.domain.objective import Arm, ArmPolicy, Exploration, ExplorationMethod
from models.policy.choose_person import choose_person
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps, run_steps
from tests.models.policy.deciding import Ask

ROLES = ("user", "technical", "decider")


def in_account(journey: Journey, **objective: object) -> Journey:
    roles = tuple(Role(name=name, label=name) for name in ROLES)
    changed = replace(journey.objective, **objective)  # type: ignore[arg-type]
    return replace(journey, accounts=Accounts(roles=roles), objective=changed)


def people(engine: Engine, ask: Ask, *ages: float) -> list[DecisionSteps]:
    return [
        run_steps(
            engine,
            ask(
                customer_id=f"c-{place}",
                attributes={"age": age},
                account=AccountState(account_id="acme", role=ROLES[place % 3]),
                stated_phase="interested",
            ),
        )
        for place, age in enumerate(ages)
    ]


def test_without_exploration_the_largest_gain_is_certain(
    tiny_journey: Journey, tiny_models: Models, ask: Ask
) -> None:
    plain = in_account(tiny_journey, exploration=Exploration(method=ExplorationMethod.NONE))
    engine = Engine(plain, tiny_models, "b")

    spoken = choose_person(engine, people(engine, ask, 20.0, 45.0, 80.0), "d-1")

    gains = [offer.gain for offer in spoken.offers]
    assert spoken.probability == 1.0
    assert gains == sorted(gains, reverse=True)
    assert spoken.offers[0].role == ROLES[spoken.position]
    assert [offer.probability for offer in spoken.offers] == [1.0, 0.0, 0.0]


def test_the_draw_follows_the_shares_that_are_told(
    tiny_journey: Journey, tiny_models: Models, ask: Ask
) -> None:
    gap = Exploration(method=ExplorationMethod.INVERSE_GAP, gamma=0.5, floor=0.1)
    engine = Engine(in_account(tiny_journey, exploration=gap), tiny_models, "b")
    those = people(engine, ask, 20.0, 45.0, 80.0)

    spoken = [choose_person(engine, those, f"d-{number}") for number in range(2_000)]

    told = {one.position: one.probability for one in spoken}
    assert sum(told.values()) == pytest.approx(1.0)
    counted = Counter(one.position for one in spoken)
    for position, probability in told.items():
        spread = np.sqrt(probability * (1 - probability) / len(spoken))
        assert abs(counted[position] / len(spoken) - probability) < 4 * spread
    assert all(one == other for one, other in pairwise(choose_person(engine, those, "d-7") for _ in range(3)))


def test_the_random_arm_shares_equally_among_who_can_be_offered_something(
    tiny_journey: Journey, tiny_models: Models, ask: Ask
) -> None:
    arms = (Arm(name="control", share=1.0, policy=ArmPolicy.RANDOM),)
    engine = Engine(in_account(tiny_journey, arms=arms), tiny_models, "b")
    account = AccountState(account_id="acme", role="user")
    silent = run_steps(engine, ask(account=account, channels=("email",), consent={"email": False}))

    spoken = choose_person(engine, [silent, *people(engine, ask, 20.0, 45.0)], "d-1")

    assert sorted(offer.probability for offer in spoken.offers) == [0.0, 0.5, 0.5]
    assert spoken.position != 0


def test_without_models_the_playbook_says_who(tiny_journey: Journey, ask: Ask) -> None:
    engine = Engine(in_account(tiny_journey), None, "none")
    account = AccountState(account_id="acme", role="user")
    silent = run_steps(engine, ask(account=account, channels=("email",), consent={"email": False}))
    able = run_steps(engine, ask(account=account, stated_phase="interested"))

    assert choose_person(engine, [silent, able], "d-1").position == 1
    assert choose_person(engine, [silent, silent], "d-1").position == 0
