"""A policy is shown as a sentence, with what it makes of customers right at its bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from models.domain.actions import Policy, Tier
from models.domain.journey import Journey
from nba_service.console.desk import Desk
from nba_service.console.rule_words import rule_in_words

ADULTS = Policy(
    code="ADULTS",
    tier=Tier.ELIGIBILITY,
    when="customer.attributes.age >= 18.0",
    message="Only adults",
    actions=("offer",),
)


def test_the_bounds_are_said_in_words(make_desk: Callable[..., Desk], tiny_journey: Journey) -> None:
    journey = replace(tiny_journey, policies=(ADULTS,))
    for language, unknown in (("en", "not known"), ("de", "nicht bekannt")):
        found = rule_in_words(make_desk(language, journey=journey), "ADULTS")

        assert found is not None
        assert found.sentence == "Only adults"
        assert [(value, holds) for _, value, holds in found.cases] == [
            ("17", False),
            ("18", True),
            ("19", True),
            (unknown, None),
        ]
        assert make_desk(language).action("offer") in found.about


def test_an_unknown_code_shows_the_first_and_no_policies_none(
    make_desk: Callable[..., Desk], tiny_journey: Journey
) -> None:
    journey = replace(tiny_journey, policies=(ADULTS, replace(ADULTS, code="B", actions=(), message="")))

    first = rule_in_words(make_desk(journey=journey), "gone")
    second = rule_in_words(make_desk(journey=journey), "B")

    assert first is not None
    assert first.code == "ADULTS"
    assert second is not None
    assert second.about == "About every action."
    assert rule_in_words(make_desk(journey=replace(tiny_journey, policies=())), None) is None
