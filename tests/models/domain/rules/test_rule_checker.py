"""Rules are judged by names and types, and what may be missing must be guarded."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from models.domain.rules.rule_checker import check_rule
from models.domain.rules.rule_syntax import parse_rule
from models.domain.rules.rule_types import BOOLEAN, FRACTION, WHOLE, Plain, Record, Sort, Type
from models.domain.rules.rules import Rule, RuleContext
from tests.models.domain.rules.expressions import EXPRESSIONS, NAMES


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS)
def test_a_rule_that_passes_the_check_runs(source: str) -> None:
    """No false all-clear: what the type check lets pass, the engine evaluates to true or false."""
    types: dict[str, Type] = {"a": WHOLE, "b": FRACTION, "c": Plain(Sort.TEXT), "d": BOOLEAN}
    verdict = check_rule(parse_rule(source), {**types, "m": Record(types)})
    if not verdict.problems:
        assert Rule.compile(source).holds(RuleContext({**NAMES, "m": NAMES})) in (True, False)


PERSON: dict[str, Type] = {"p": Record({"x": FRACTION, "y": BOOLEAN}, optional=True), "s": WHOLE}


@pytest.mark.parametrize(
    ("source", "unguarded"),
    [
        ("p.x > 1", ["p.x"]),
        ("has(p.x) && p.x > 1", []),
        ("p.x > 1 && has(p.x)", []),
        ("!has(p.x) || p.x > 1", []),
        ("has(p.x) || p.x > 1", ["p.x"]),
        ("has(p.x) ? p.x > 1 : p.y", ["p.y"]),
        ("(has(p.x) && s > 0) && p.x > 1", []),
        ("(has(p.x) || s > 0) && p.x > 1", ["p.x"]),
        ("!(has(p.x) && has(p.y)) || (p.y && p.x > 1)", []),
        ('"x" in p && p.x > 1', []),
    ],
)
def test_optional_members_need_a_guard_that_holds_where_they_are_read(
    source: str, unguarded: list[str]
) -> None:
    assert check_rule(parse_rule(source), PERSON).unguarded == unguarded
