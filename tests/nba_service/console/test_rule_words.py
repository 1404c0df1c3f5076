"""A policy is shown as a sentence, with what it makes of customers right at its bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from models.domain.actions import Policy, Tier
from models.domain.journey import Journey
from nba_service.console.desk import Desk
from nba_service.console.rule_words import asked, rule_in_words, shown

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
        assert [(case.value, case.holds) for case in found.cases] == [
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


def test_days_counts_and_what_else_has_to_be_are_said(
    make_desk: Callable[..., Desk], tiny_journey: Journey
) -> None:
    """Labels of the journey file, "never" for a million days, no "not known" where all is known."""
    rule = replace(ADULTS, when="seen.quote == 0 || days_since.quote >= 30.0")
    journey = replace(tiny_journey, policies=(rule,))
    found = rule_in_words(make_desk(journey=journey), None)
    german = rule_in_words(make_desk("de", journey=journey), None)

    assert found is not None
    assert german is not None
    days = [case for case in found.cases if case.asked == "Days since Asked for an offer"]
    assert [(case.value, case.holds, case.first) for case in days] == [
        ("29", False, True),
        ("30", True, False),
        ("31", True, False),
        ("never", True, False),
    ]
    assert days[0].others == "where How often seen: Asked for an offer: 1"
    assert "nie" in {case.value for case in german.cases}


def test_paths_have_names_in_both_languages(make_desk: Callable[..., Desk]) -> None:
    paths = {
        "phase.dwell_days": ("Days in the phase", "Tage in der Phase"),
        "now.weekday": ("Day of the week", "Wochentag"),
        "last.ticket.severity": ("Last: ticket (severity)", "Zuletzt: ticket (severity)"),
        "mean.nps.d90": ("Mean: nps (d90)", "Mittel: nps (d90)"),
        "context.device": ("Context: device", "Kontext: device"),
        "account.people": ("account.people", "account.people"),
    }
    for path, words in paths.items():
        assert (asked(make_desk(), path), asked(make_desk("de"), path)) == words
    assert shown(make_desk(), "now.weekday", 5) == "Saturday"
    assert shown(make_desk(), "action.channel", "email") == make_desk().channel("email")
