"""What templates may read: the customer as far as allowed, local time, and the treatment."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.domain.actions import NOTHING
from models.domain.decision import (
    Decision,
    DecisionRequest,
    PhaseState,
    PriorityFactors,
    PropensityEstimate,
    RankedTreatment,
    Reason,
    Value,
)
from models.domain.interaction import Customer
from models.domain.journey import Journey
from nba_service.content.facts import Fact, FactBook, FactType
from nba_service.content.variables import (
    DECISION_MEMBERS,
    VARIABLES,
    decision_variables,
    person_variables,
    present,
)

LATE = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
FACTS = FactBook.of(
    [Fact(name="seen", type=FactType.NUMBER, label="n", compute=lambda attributes, moment: len(attributes))]
)


def about(journey: Journey, *, time_zone: str | None = None, **consent: bool) -> dict[str, Any]:
    customer = Customer(
        customer_id="ada",
        attributes={"age": 0, "vip": False, "first_name": " ", "segment": None},
        consent=consent,
        time_zone=time_zone,
    )
    request = DecisionRequest(
        decision_id="d", customer=customer, decided_at=LATE, context={"device": "phone"}
    )
    return person_variables(journey, request, FACTS, phase="interested")


def chosen(action: str, channel: str | None, placement: str | None) -> RankedTreatment:
    return RankedTreatment(
        rank=1,
        placement=placement,
        action=action,
        channel=channel,
        action_probability=1.0,
        propensity=PropensityEstimate(value=0.125, low=0.1, high=0.2, evidence=9),
        value=Value(
            immediate=0.25,
            journey=0,
            cost=0,
            priority=0.25,
            over_nothing=0.25,
            over_nothing_low=0.25,
            over_nothing_high=0.25,
        ),
        factors=PriorityFactors(
            propensity=0.125, value=2, weight=1, lever=1, cost=0, journey_gain=0, share_price=0
        ),
        leads_to={},
        reasons=(),
    )


def decision_of(treatment: RankedTreatment) -> Decision:
    return Decision(
        decision_id="d-1",
        customer_id="ada",
        decided_at=LATE,
        expires_at=LATE,
        phase=PhaseState(name="stranger", source="default", since=LATE),
        actions=(treatment,),
        reason=Reason.ARBITRATION,
        degraded=False,
        bundle="b-1",
        policy="champion",
        arm="champion",
        currency="EUR",
    )


def test_exactly_the_documented_names_are_there(tiny_journey: Journey) -> None:
    assert set(about(tiny_journey)) == VARIABLES - {"decision", "configuration"}


def test_attributes_that_say_nothing_are_missing_and_zero_and_false_are_not(tiny_journey: Journey) -> None:
    assert about(tiny_journey)["customer"] == {"id": "ada", "age": 0, "vip": False}
    assert present({"a": None, "b": "", "c": "\t", "d": 0, "e": False, "f": "x"}) == {
        "d": 0,
        "e": False,
        "f": "x",
    }


def test_who_objects_is_written_to_like_a_stranger(tiny_journey: Journey) -> None:
    known = about(tiny_journey, personalization=False)

    assert known["customer"] == {"id": "ada"}
    assert known["facts"].get("seen") == 0, "facts do not see what texts may not"
    assert about(tiny_journey)["facts"].get("seen") == 2


@pytest.mark.parametrize(
    ("zone", "today", "hour"),
    [(None, date(2026, 11, 21), 0), ("America/New_York", date(2026, 11, 20), 18)],
)
def test_the_day_is_the_customers_or_else_the_companys(
    tiny_journey: Journey, zone: str | None, today: date, hour: int
) -> None:
    known = about(tiny_journey, time_zone=zone)

    assert (known["today"], known["now"].hour) == (today, hour)
    assert known["now"] == LATE


def test_a_text_sees_the_treatment_it_is_for(tiny_journey: Journey) -> None:
    treatment = chosen("teaser", "web", "banner")

    made = decision_variables({"phase": "stranger"}, tiny_journey, decision_of(treatment), treatment)

    assert made == {
        "phase": "stranger",
        "decision": {
            "id": "d-1", "action": "teaser", "label": "Teaser", "channel": "web", "placement": "banner",
            "phase": "stranger", "value": 0.25, "currency": "EUR",
        },
    }  # fmt: skip
    assert set(made["decision"]) == DECISION_MEMBERS


def test_doing_nothing_has_no_treatment_and_shares_nothing_it_could_change(tiny_journey: Journey) -> None:
    shared: dict[str, Any] = {"phase": "stranger"}
    nothing = chosen(NOTHING, None, None)

    made = decision_variables(shared, tiny_journey, decision_of(nothing), nothing)

    assert made == shared
    assert made is not shared


def test_a_journey_that_needs_leave_to_profile_gets_none_without_it(tiny_journey: Journey) -> None:
    asking = dataclasses.replace(tiny_journey, profile_consent="email")

    assert about(asking)["customer"] == {"id": "ada"}
    assert about(asking, email=True)["customer"] == {"id": "ada", "age": 0, "vip": False}


def test_nothing_is_minus_zero(tiny_journey: Journey) -> None:
    customer = Customer(customer_id="c", attributes={"age": -0.0}, consent={"personalization": True})
    context = {"saldo": [-0.0, {"a": -0.0}]}
    request = DecisionRequest(decision_id="d", customer=customer, decided_at=LATE, context=context)

    found = person_variables(tiny_journey, request, FACTS, phase="stranger")

    assert str(found["customer"]["age"]) == "0.0"
    assert str(found["context"]["saldo"]) == "[0.0, {'a': 0.0}]"
