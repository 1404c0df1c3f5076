"""No profile without consent: what is known of a customer then changes nothing, and barriers still hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.bundle import Models
from models.domain.decision import Decision
from models.domain.journey import Journey
from models.policy.decide import decide
from models.policy.engine import Engine
from tests.models.policy.deciding import Ask, Event


@pytest.fixture
def demanding(tiny_journey: Journey, learned: Models) -> Engine:
    """Profiling needs the consent ``personalization``."""
    consents = (*tiny_journey.consents, "personalization")
    journey = replace(tiny_journey, consents=consents, profile_consent="personalization")
    return Engine(journey, learned, "b")


def scores(decision: Decision) -> list[tuple[str, float, float]]:
    return [(c.action, c.propensity.value, c.value.priority) for c in decision.candidates]


def test_without_consent_a_known_customer_is_scored_like_a_stranger(
    demanding: Engine, ask: Ask, touch: Event
) -> None:
    past = [touch("quote", 5), touch("visit", 2)]
    stranger = decide(demanding, ask(stated_phase="stranger"))
    unasked = decide(demanding, ask(*past, attributes={"age": 80.0}))
    agreed = decide(
        demanding, ask(*past, attributes={"age": 80.0}, consent={"email": True, "personalization": True})
    )
    assert scores(unasked) == scores(stranger)
    assert (unasked.phase.name, unasked.phase.source) == ("stranger", "default")
    assert (agreed.phase.name, agreed.phase.source) == ("interested", "history")
    assert scores(agreed) != scores(unasked)


def test_a_refusal_counts_in_every_journey(
    tiny_journey: Journey, learned: Models, ask: Ask, touch: Event
) -> None:
    """Service messages remain possible; they are chosen without the profile."""
    engine = Engine(tiny_journey, learned, "b")
    refused = {"email": True, "personalization": False}
    known = ask(touch("order", 3), consent=refused, attributes={"age": 80.0}, stated_phase="customer")
    unknown = ask(consent=refused, stated_phase="customer")
    assert scores(decide(engine, known)) == scores(decide(engine, unknown))
    assert [c.action for c in decide(engine, known).candidates] == ["nothing", "care"]


def test_limits_and_rules_still_see_what_is_known(demanding: Engine, ask: Ask, contact: Event) -> None:
    """Two mails this week are two mails this week, and a child gets no offer."""
    mailed = decide(demanding, ask(contact(None, "email", 1), contact(None, "email", 2)))
    child = decide(demanding, ask(attributes={"age": 12.0}, stated_phase="interested"))
    assert "EMAIL_2_IN_7_DAYS" in {d.code for d in mailed.drop_outs}
    assert ("offer", "ADULTS_ONLY") in {(d.action, d.code) for d in child.drop_outs}
