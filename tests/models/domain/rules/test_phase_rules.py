"""Phase rules as tables: what a rule may read, and that answers are not mixed up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.domain.history import build_history
from models.domain.interaction import Kind
from models.domain.journey import Journey, PhaseRule
from models.domain.phases import PhaseMachine
from models.domain.rules.phase_rules import PhaseRules
from models.errors import RuleError
from tests.models.domain.stands import Stand, at, event, look, with_rules


def test_rules_may_read_the_present_phase_and_the_kind(tiny_journey: Journey) -> None:
    rule = PhaseRule(when="phase == 'stranger' && interaction.kind == 'contact'", to="interested")
    contact = event(1, "contact", kind=Kind.CONTACT, action="teaser")

    assert look(with_rules(tiny_journey, rule), [contact], 2) == Stand("interested", 1)
    assert look(with_rules(tiny_journey, rule), [event(1, "visit")], 2) == Stand("stranger", 1)


def test_rules_may_read_action_and_channel(tiny_journey: Journey) -> None:
    rule = PhaseRule(when="interaction.action == 'offer' && interaction.channel == 'web'", to="customer")
    clicked = event(1, "clicked", kind=Kind.OUTCOME, action="offer")

    assert look(with_rules(tiny_journey, rule), [clicked], 2).phase == "customer"
    assert look(with_rules(tiny_journey, rule), [replace(clicked, channel=None)], 2).phase == "stranger"
    assert look(with_rules(tiny_journey, rule), [replace(clicked, action="care")], 2).phase == "stranger"


def test_rules_may_read_value_and_properties_of_each_event(tiny_journey: Journey) -> None:
    journey = with_rules(
        tiny_journey,
        PhaseRule(when="interaction.touchpoint == 'order' && interaction.value >= 100.0", to="customer"),
        PhaseRule(
            when="has(interaction.properties.plan) && interaction.properties.plan == 'a'", to="interested"
        ),
    )

    assert look(journey, [event(1, "order", value=99.99)], 2).phase == "stranger"
    assert look(journey, [event(1, "order", value=100.0)], 2).phase == "customer"
    assert look(journey, [event(1, "visit", properties={"plan": "a"})], 2).phase == "interested"
    assert look(journey, [event(1, "visit", properties={"plan": "b"})], 2).phase == "stranger"


def test_an_answer_kept_from_one_history_is_not_used_for_another_word(tiny_journey: Journey) -> None:
    """Touchpoints that nobody declared share codes between histories, never answers."""
    machine = PhaseMachine(
        with_rules(tiny_journey, PhaseRule(when="interaction.touchpoint == 'b'", to="customer"))
    )
    phases = []
    for name in ("a", "b", "a"):
        history = build_history(tiny_journey, [[event(0, name)]])
        phases.append(machine.trace(history).at(np.array([0]), np.array([1]), np.array([at(1)]))[0][0])

    assert phases == [0, 2, 0]


def test_a_rule_that_fails_is_named(tiny_journey: Journey) -> None:
    journey = with_rules(tiny_journey, PhaseRule(when="interaction.properties.plan == 'a'", to="customer"))

    with pytest.raises(RuleError, match=r"interaction\.properties\.plan"):
        look(journey, [event(1, "visit")], 2)


def test_moves_of_some_events_are_those_of_all(tiny_journey: Journey) -> None:
    """Asked for the last events alone, rules are asked about those and about no other."""
    names = ("visit", "quote", "visit", "order", "unheard_of", "quote")
    history = build_history(tiny_journey, [[event(day, name) for day, name in enumerate(names)]])
    whole, moves = PhaseRules(tiny_journey).moves_of(history)
    for first, last in ((0, 6), (2, 6), (3, 4), (6, 6)):
        row, known = PhaseRules(tiny_journey).moves_of(history, first, last)
        assert [known[sort] for sort in row.tolist()] == [moves[sort] for sort in whole[first:last].tolist()]
