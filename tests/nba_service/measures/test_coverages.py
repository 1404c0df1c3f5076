"""Coverage of real decisions: the funnel only narrows, and its numbers add up."""

from __future__ import annotations

from models.measures.funnel import STEPS
from nba_service.decisions.calls import DecisionCall, Profile
from nba_service.measures import Question
from nba_service.measures.rollups.rollup import Rollup
from nba_service.services import Services, second_look
from tests.nba_service.measures.conftest import NOW


def test_who_gets_nothing_and_why(parts: Services) -> None:
    """By e-mail, five of eight have agreed to it; on the website somebody sees something."""
    for number in range(8):
        profile = Profile(consent={"email": number < 5})
        call = DecisionCall(
            customer_id=f"c-{number}", channels=("email",), profile=profile, phase="interested"
        )
        parts.decisions.decide([call])
    parts.decisions.decide([DecisionCall(customer_id="web", channels=("web",))])
    Rollup(parts.store.plain.rollups, parts.source.current().journey, lambda: NOW).run()

    answer = parts.measures.coverage(Question(hide_below=0))

    assert answer["customers"] == 9
    assert answer["nothing"] == {"customers": 3, "share": 3 / 9}
    steps = {step["step"]: step for step in answer["funnel"]}
    assert tuple(steps) == STEPS
    assert steps["eligible"]["customers"] == 6
    assert steps["eligible"]["lost"] == 3
    assert steps["eligible"]["reasons"] == {"CONSENT_MISSING": 3}
    counts = [step["customers"] for step in answer["funnel"]]
    assert counts == sorted(counts, reverse=True)
    (rule,) = answer["rules"]
    assert (rule["code"], rule["alone"], rule["by_law"]) == ("CONSENT_MISSING", 3, True)
    phases = {phase["phase"]: (phase["customers"], phase["nothing"]) for phase in answer["phases"]}
    assert phases == {"stranger": (1, 0), "interested": (8, 3), "customer": (0, 0)}


def test_few_are_hidden(parts: Services) -> None:
    parts.decisions.decide([DecisionCall(customer_id="c", channels=("email",))])
    Rollup(parts.store.plain.rollups, parts.source.current().journey, lambda: NOW).run()

    answer = parts.measures.coverage(Question())

    assert (answer["customers"], answer["nothing"]["share"]) == (None, None)
    assert answer["funnel"][1]["reasons"] == {}


def test_what_each_rule_alone_costs_is_exact_and_who_they_are_is_described(parts: Services) -> None:
    """Thirty over 60 have not agreed to e-mail, thirty under it have: one rule, and a tree of two."""
    for number in range(60):
        old = number < 30
        profile = Profile(consent={"email": not old}, attributes={"age": 70 if old else 40})
        parts.customers.put(f"c-{number}", profile)
        call = DecisionCall(customer_id=f"c-{number}", channels=("email",), phase="interested")
        parts.decisions.decide([call])
    journey = parts.source.current().journey
    Rollup(parts.store.plain.rollups, journey, lambda: NOW, second_look(parts)).run()

    answer = parts.measures.coverage(Question())
    (rule,) = answer["rules"]
    first, second = answer["leaves"]

    assert (rule["gained"], answer["worked_out"]) == (30, 30)
    assert (first["nothing"], first["share"], second["nothing"]) == (30, 1.0, 0)
    assert [one["field"] for one in first["conditions"]] in (["consent.email"], ["attributes.age"])
    old = parts.measures.coverage(Question(group="customer.attributes.age >= 60"))
    assert (old["customers"], old["nothing"]["share"]) == (30, 1.0)
