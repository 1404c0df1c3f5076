"""A rule that could run for long is refused before it runs."""

from __future__ import annotations

import pytest

from models.domain.rules.rule_cost import MAX_STEPS, most_steps
from models.domain.rules.rule_syntax import parse_rule
from models.domain.rules.rules import Rule
from models.errors import RuleError

TEN = "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"


def nested(depth: int, macro: str = "all", body: str = "true") -> str:
    rule = body
    for level in range(depth):
        rule = f"{TEN}.{macro}(v{level}, {rule})"
    return rule


def test_a_plain_comparison_takes_a_few_steps() -> None:
    """A variable, its member, a literal, the comparison, and a tenth for the one item that it looks at."""
    assert most_steps(parse_rule("phase.dwell_days > 2.0")) == pytest.approx(4.1)


def test_steps_multiply_with_each_comprehension() -> None:
    """Ten items and the list: 11; then ten times (1 + body) and 1: 32 for `true`, 342 around that."""
    assert most_steps(parse_rule(nested(1))) == 32
    assert most_steps(parse_rule(nested(2))) == 342


@pytest.mark.parametrize(
    "rule",
    [
        nested(8),
        nested(8, "exists"),
        nested(5, "exists_one"),
        nested(6, "filter"),
        "customer.attributes.all(a, customer.attributes.all(b, customer.attributes.all(c, true)))",
        "['abc']" + ".map(x, x + x)" * 20 + ".exists(x, x == 'a')",
        f"{TEN}" + f".map(x, {TEN})" + ".map(x, x.map(y, x.map(z, x.map(u, x.map(w, u)))))" + ".size() > 0",
        " || ".join([nested(3)] * 12),
    ],
)
def test_a_rule_that_may_take_too_long_is_refused_with_the_remedy(rule: str) -> None:
    with pytest.raises(RuleError, match=rf"at most {MAX_STEPS} are allowed; nest fewer"):
        Rule.compile(rule)


@pytest.mark.parametrize(
    "rule",
    [
        'phase.name in ["trigger", "loyalty"] && customer.attributes.roof_area_m2 > 20.0',
        '["a", "b"].exists(x, x == customer.locale)',
        "customer.attributes.all(a, a != 'x')",
        "customer.attributes.exists(a, a.startsWith('roof'))",
        nested(3),
    ],
)
def test_rules_that_people_write_are_far_below_the_bound(rule: str) -> None:
    Rule.compile(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "!" * 1_900 + "true",
        "-" * 1_500 + "1 > 0",
        "(" * 900 + "true" + ")" * 900,
        "a." * 900 + "b",
        "true && " * 240 + "true",
    ],
)
def test_a_rule_that_is_too_deep_to_walk_is_refused(rule: str) -> None:
    with pytest.raises(RuleError):
        Rule.compile(rule)
