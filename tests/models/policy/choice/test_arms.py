"""Arms: deterministic, of the stated sizes, independent of each other."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.domain.objective import Arm, ArmPolicy, Objective
from models.policy.choice.arms import arm_of, place_of

ARMS = (
    Arm(name="treatment", share=0.8, policy=ArmPolicy.DEFAULT),
    Arm(name="random", share=0.15, policy=ArmPolicy.RANDOM),
    Arm(name="control", share=0.05, policy=ArmPolicy.NOTHING),
)
CUSTOMERS = [f"c-{index}" for index in range(20_000)]


def test_shares_are_kept() -> None:
    objective = Objective(arms=ARMS, arm_salt="one")
    names = [arm_of(objective, customer).name for customer in CUSTOMERS]
    for arm in ARMS:
        error = np.sqrt(arm.share * (1 - arm.share) / len(CUSTOMERS))
        assert abs(names.count(arm.name) / len(CUSTOMERS) - arm.share) < 4.5 * error


def test_two_salts_assign_independently() -> None:
    places = np.array([[place_of(salt, customer) for customer in CUSTOMERS] for salt in ("a", "b")])
    assert abs(np.corrcoef(places)[0, 1]) < 4.5 / np.sqrt(len(CUSTOMERS))
    both = ((places[0] < 0.2) & (places[1] < 0.2)).mean()
    assert abs(both - 0.04) < 4.5 * np.sqrt(0.04 * 0.96 / len(CUSTOMERS))


def test_enlarging_an_arm_moves_only_customers_at_its_border() -> None:
    larger = (
        Arm(name="treatment", share=0.8, policy=ArmPolicy.DEFAULT),
        Arm(name="random", share=0.10, policy=ArmPolicy.RANDOM),
        Arm(name="control", share=0.10, policy=ArmPolicy.NOTHING),
    )
    for customer in CUSTOMERS[:3000]:
        before = arm_of(Objective(arms=ARMS), customer).name
        after = arm_of(Objective(arms=larger), customer).name
        assert before == after or (before, after) == ("random", "control")


@given(st.text(max_size=20), st.text(max_size=40))
def test_places_lie_in_zero_to_one(salt: str, customer: str) -> None:
    assert 0.0 <= place_of(salt, customer) < 1.0


def test_the_salt_cannot_flow_into_the_id() -> None:
    assert place_of("ab", "c") != place_of("a", "bc")


def test_a_customer_keeps_the_arm_in_another_process() -> None:
    program = (
        "from models.policy.choice.arms import place_of; print([place_of('s', f'c-{i}') for i in range(5)])"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str([place_of("s", f"c-{i}") for i in range(5)])


def test_shares_that_miss_one_by_rounding_still_give_an_arm() -> None:
    thirds = tuple(Arm(name=str(i), share=0.333, policy=ArmPolicy.RANDOM) for i in range(3))
    assert {arm_of(Objective(arms=thirds), c).name for c in CUSTOMERS} == {"0", "1", "2"}
