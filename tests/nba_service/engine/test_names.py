"""The names that a caller may use, by what they use them for."""

from __future__ import annotations

from models.domain.journey import Journey
from nba_service.engine.names import Names


def test_each_use_has_the_names_of_the_journey_file(tiny_journey: Journey) -> None:
    names = Names.of(tiny_journey)

    assert names.phase == {"stranger", "interested", "customer"}
    assert names.channel == {"web", "email"}
    assert names.placement == {"banner", "sidebar"}
    assert names.contact == {"mail_sent"}
    assert list(names.attributes) == ["age", "segment", "vip", "first_name"]
    assert names.withdraws == {"complained": ("email",)}


def test_actions_are_not_named_alike_in_every_place(tiny_journey: Journey) -> None:
    """Treatments can be left out, groups can be weighted; an interaction has neither."""
    names = Names.of(tiny_journey)

    actions = {"nothing", "teaser", "offer", "care"} & names.action
    assert {"teaser", "offer", "care"} <= actions
    assert names.excluded - names.action == {"teaser@email", "teaser@web", "offer@email", "care@web"}
    assert names.weighted - names.action == {"awareness", "sales"}


def test_delivered_is_an_outcome_of_every_journey(tiny_journey: Journey) -> None:
    assert Names.of(tiny_journey).outcome == {"clicked", "no_response", "complained", "delivered"}


def test_properties_are_read_by_rules_of_phases_and_as_facts(
    tiny_journey: Journey, told_journey: Journey
) -> None:
    assert Names.of(tiny_journey).properties_read == frozenset()
    names = Names.of(told_journey)
    assert names.properties_read == {"score", "severity", "solved", "hours", "words"}
    assert list(names.properties) == ["csat", "ticket"]
