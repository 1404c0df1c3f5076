"""Rules of the file: refused before any customer if they cannot be meant."""

from __future__ import annotations

import pytest

from tests.models.journey_file.problems import Edit, ProblemsOf

RULES = [
    ("phase == customer", "expected"),
    ("phase.name ==", "CEL"),
    ("now.houre > 3", "did you mean hour?"),
    ("seen.qote > 0", "did you mean quote?"),
    ("days_since.quoted < 3.0", "quote"),
    ("contacts.teasr == 0", "did you mean teaser?"),
    ("customer.consent.sms", "a consent"),
    ('phase.name == "costumer"', "did you mean customer?"),
    ('phase.name in ["customer", "strangers"]', "did you mean stranger?"),
    ('action.channel == "fax"', "a channel"),
    ('has(customer.attributes.age) && customer.attributes.age == "old"', "a fraction"),
    ('has(customer.attributes.age) && customer.attributes.age > "old"', "a fraction"),
    ("has(customer.attributes.vip) && customer.attributes.vip > 1", "true or false"),
    ('has(customer.attributes.segment) && customer.attributes.segment == "gold"', "a value of segment"),
    ("seen.quote", "a condition"),
    ("seen.quote + 0.5 > 1.0", "double("),
    ("!phase.dwell_days", "a condition"),
    ("true || seen.qote > 0", "did you mean quote?"),
    ("interaction.touchpoint == 'visit'", "a variable"),
    ("size(phase.name, 3) > 1", "a function"),
    ("__import__('os')", "a function"),
]


@pytest.mark.parametrize(("rule", "says"), RULES)
def test_a_rule_that_cannot_be_meant_is_an_error_before_any_customer(
    problems_of: ProblemsOf, edit: Edit, rule: str, says: str
) -> None:
    quoted = rule.replace("'", "''")
    old = '"!has(customer.attributes.age) || customer.attributes.age >= 18"'
    (problem, *others) = problems_of(edit((old, f"'{quoted}'")))
    assert ": policies[0].when: " in problem
    assert says in problem
    assert not others


def test_phase_rules_know_the_interaction_and_not_the_customer(problems_of: ProblemsOf, edit: Edit) -> None:
    problems = problems_of(
        edit(
            ('interaction.touchpoint == "order"', 'interaction.touchpoint == "orders"'),
            ('interaction.touchpoint == "quote"', "seen.quote > 0"),
        )
    )
    assert ["phase_rules[0].when" in problems[0], "did you mean order?" in problems[0]] == [True, True]
    assert ["phase_rules[1].when" in problems[1], '"seen"' in problems[1]] == [True, True]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("has(last.csta) && last.csta < 3.0", "did you mean csat?"),
        ("has(last.csat.score)", "something with fields"),
        ('has(last.ticket.severity) && last.ticket.severity == "high"', "a value of severity"),
        ("has(mean.csat.d60) && mean.csat.d60 > 3.0", "a window"),
        ("has(mean.ticket.severity.d90)", "a number"),
        ("last.visit > 1.0", "properties of a touchpoint"),
    ],
)
def test_a_rule_on_what_nobody_tells_is_refused(
    problems_of: ProblemsOf, told_journey_text: str, rule: str, says: str
) -> None:
    wrong = told_journey_text.replace("!has(mean.csat.d90) || mean.csat.d90 >= 3.0", rule)
    (problem,) = problems_of(wrong)
    assert says in problem
