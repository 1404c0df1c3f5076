"""Groups are those for whom a condition holds, as rules see customers."""

from __future__ import annotations

import pytest

from models.domain.journey import Journey
from models.measures.log.facts import Facts, ProfileFact
from models.measures.log.records import Names, customer_hash
from models.measures.log.traits import trait_records
from models.measures.traits import Traits, group_of, group_problems


@pytest.fixture(scope="module")
def names() -> Names:
    return Names()


@pytest.fixture(scope="module")
def traits(tiny_journey: Journey, names: Names) -> Traits:
    """Ada is 70 and has agreed to e-mail, Bob is 30 and reads German; of Cleo nothing is known."""
    profiles = [
        ProfileFact("ada", '{"age": 70, "vip": true}', None, None, 5, {"email": True}),
        ProfileFact("bob", '{"age": 30, "vip": false}', "de", None, 5, {"email": False, "gone": True}),
    ]
    facts = Facts(
        people=["ada", "bob", "cleo"], interactions=[], decisions=[], outcomes=[], profiles=profiles
    )
    return Traits.of(trait_records(tiny_journey, facts, names), tiny_journey, names)


@pytest.mark.parametrize(
    ("condition", "members"),
    [
        ("customer.attributes.age >= 60", {"ada"}),
        ("customer.attributes.age >= 60.0", {"ada"}),
        ("customer.attributes.vip", {"ada"}),
        ("!has(customer.attributes.age)", {"cleo"}),
        ('customer.locale == "de"', {"bob"}),
        ("customer.consent.email", {"ada"}),
        ("has(customer.attributes.age) && !customer.consent.email", {"bob"}),
        ("true", {"ada", "bob", "cleo"}),
    ],
)
def test_those_for_whom_it_holds(
    traits: Traits, names: Names, tiny_journey: Journey, condition: str, members: set[str]
) -> None:
    """Where a condition fails, it does not hold."""
    assert group_problems(tiny_journey, condition) == []
    assert set(group_of(traits, condition, names).tolist()) == {customer_hash(who) for who in members}


@pytest.mark.parametrize(
    "condition",
    [
        "phase.dwell_days > 2.0",
        'customer.id == "ada"',
        "customer.attributes.age >",
        "1 + 1",
    ],
)
def test_what_describes_no_group_is_refused(tiny_journey: Journey, condition: str) -> None:
    (problem,) = group_problems(tiny_journey, condition)

    assert problem.startswith("expected")
