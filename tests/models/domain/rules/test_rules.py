"""Rules hold, fail or do not compile, and know what they read."""

from __future__ import annotations

import pytest

from models.domain.journey import Attribute, AttributeType
from models.domain.rules.rules import MAX_RULE_LENGTH, Rule, RuleContext, RulesEach, rule_attributes
from models.errors import RuleError

CUSTOMER = {
    "customer": {"attributes": {"age": 44.0, "vip": True}},
    "seen": {"quote": 2},
    "phase": {"name": "new"},
}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("customer.attributes.age > 40", True),
        ("customer.attributes.age > 40.5 && seen.quote == 2", True),
        ('phase.name in ["old", "new"]', True),
        ("has(customer.attributes.height) && customer.attributes.height > 2", False),
        ("!has(customer.attributes.height) || customer.attributes.height > 2", True),
        ('seen["quote"] > 2', False),
        ('["a", "b"].exists(x, x == phase.name)', False),
    ],
)
def test_a_rule_holds_or_not(source: str, expected: bool) -> None:
    assert Rule.compile(source).holds(RuleContext(CUSTOMER)) is expected


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("customer.attributes.height > 2", "there is no 'height' here"),
        ("customer.attributes.age > 'x'", "overload"),
        ("elsewhere.x", "elsewhere"),
        ("1 / 0 == 1", "division"),
        ("seen.quote", "gave 2, expected true or false"),
        ("phase.name", "gave 'new'"),
    ],
)
def test_a_rule_that_fails_says_which_and_why(source: str, says: str) -> None:
    with pytest.raises(RuleError) as caught:
        Rule.compile(source).holds(RuleContext(CUSTOMER))
    assert source in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "source", ["", "  ", "a >", "(a", "a b", "1 $ 2", "a in", "'open", "has(x)", "(" * 200, "!" * 3000]
)
def test_what_is_no_expression_does_not_compile(source: str) -> None:
    with pytest.raises(RuleError):
        Rule.compile(source)


def test_a_rule_has_a_bounded_length() -> None:
    Rule.compile("true" + " " * (MAX_RULE_LENGTH - 4))
    with pytest.raises(RuleError, match="split it"):
        Rule.compile("true" + " " * (MAX_RULE_LENGTH - 3))


def test_a_rule_knows_what_it_reads() -> None:
    rule = Rule.compile(
        'has(customer.attributes.age) && seen["quote"] > 0 && [1].all(x, x < contacts[action.name])'
    )
    assert rule.names == {"customer", "seen", "contacts", "action"}
    assert rule.paths == {"customer.attributes.age", "seen.quote", "contacts", "action.name"}


def test_rules_are_equal_by_their_source() -> None:
    assert Rule.compile("a > 1") == Rule.compile("a > 1")
    assert len({Rule.compile("a > 1"), Rule.compile("a > 1"), Rule.compile("a > 2")}) == 2


def test_a_variable_can_be_replaced_in_a_prepared_context() -> None:
    context = RuleContext({"action": {"name": "a"}})
    rule = Rule.compile('action.name == "a"')
    assert rule.holds(context)
    context.set("action", {"name": "b"})
    assert not rule.holds(context)


def test_attributes_reach_rules_with_their_declared_types_or_not_at_all() -> None:
    declared = tuple(
        Attribute(name=name, type=kind, label=name)
        for name, kind in {
            "age": AttributeType.NUMBER,
            "size": AttributeType.NUMBER,
            "odd": AttributeType.NUMBER,
            "vip": AttributeType.BOOLEAN,
            "word": AttributeType.CATEGORY,
            "gone": AttributeType.TEXT,
        }.items()
    )
    given_values = {"age": 44, "size": "big", "odd": True, "vip": 1, "word": "x", "gone": None, "secret": 1}
    assert rule_attributes(declared, given_values) == {"age": 44.0, "word": "x"}


def test_rules_asked_in_one_call_answer_each_for_itself() -> None:
    rules = [Rule.compile(text) for text in ("seen.visit > 1", "seen.visit > 3", "size(customer.id) == 1")]
    for some in (rules[:2], rules):  # the last one only the engine can tell
        told = RulesEach(some).hold({"seen": {"visit": 2}, "customer": {"id": "c"}})
        assert told == (True, False, True)[: len(some)]
    assert RulesEach([]).hold({}) == ()


def test_one_of_several_that_fails_says_so() -> None:
    rules = [Rule.compile("seen.visit > 1"), Rule.compile("seen.quote > 1")]
    with pytest.raises(RuleError, match="quote"):
        RulesEach(rules).hold({"seen": {"visit": 2}})
