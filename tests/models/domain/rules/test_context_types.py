"""The types that rules give to values of the request context."""

from __future__ import annotations

import pytest

from models.domain.rules.context_types import context_types, read_as
from models.domain.rules.rule_syntax import parse_rule
from models.domain.rules.rule_types import BOOLEAN, FRACTION, TEXT, Record, Sort

KNOWN = {"customer": Record({"attributes": Record({"age": FRACTION, "vip": BOOLEAN, "city": TEXT})})}


@pytest.mark.parametrize(
    ("rule", "sort"),
    [
        ("context.x > 5", Sort.FRACTION),
        ("5.5 >= context.x", Sort.FRACTION),
        ("context.x == -1", Sort.FRACTION),
        ("!has(context.x) || context.x + 1 > 5", Sort.FRACTION),
        ('context["x"] in [1, 2]', Sort.FRACTION),
        ("context.x < customer.attributes.age", Sort.FRACTION),
        ("context.x == true", Sort.BOOLEAN),
        ("has(context.x) && context.x", Sort.BOOLEAN),
        ("!context.x", Sort.BOOLEAN),
        ("context.x ? true : false", Sort.BOOLEAN),
        ("context.x == customer.attributes.vip", Sort.BOOLEAN),
        ('context.x == "5"', Sort.TEXT),
        ('context.x in ["a", "b"]', Sort.TEXT),
        ('context.x.startsWith("5")', Sort.TEXT),
        ("context.x == customer.attributes.city", Sort.TEXT),
        ('context.x > 5 || context.x == "many"', None),
        ("context.x == context.y", None),
        ("has(context.x)", None),
    ],
)
def test_a_name_has_the_type_that_rules_compare_it_with(rule: str, sort: Sort | None) -> None:
    assert context_types([parse_rule(rule)], KNOWN).get("x") is sort


def test_rules_that_differ_leave_a_name_as_it_came() -> None:
    rules = [parse_rule("context.x > 5"), parse_rule('context.x == "5"'), parse_rule("context.y > 1")]

    assert context_types(rules, KNOWN) == {"y": Sort.FRACTION}


@pytest.mark.parametrize(
    ("sort", "text", "value"),
    [
        (Sort.FRACTION, "6", 6),
        (Sort.FRACTION, "-6.50", -6.5),
        (Sort.FRACTION, "six", None),
        (Sort.FRACTION, "1e9", None),
        (Sort.FRACTION, "", None),
        (Sort.BOOLEAN, "True", True),
        (Sort.BOOLEAN, "1", None),
        (Sort.TEXT, "0042", "0042"),
        (None, "0042", "0042"),
    ],
)
def test_texts_are_read_as_that_type_or_not_at_all(sort: Sort | None, text: str, value: object) -> None:
    assert read_as(sort, text) == value
