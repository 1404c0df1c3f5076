"""Rules as Python functions say what the CEL engine says, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.domain.rules.rule_functions import rule_function
from models.domain.rules.rule_syntax import parse_rule
from models.domain.rules.rules import Rule, RuleContext, RulesTogether
from models.errors import RuleError

_VALUES = st.one_of(
    st.sampled_from([0, 1, -3, 2**53, 2**53 + 1, -(2**63), 2**63 - 1, True, False, None, "", "x", "y", "ä"]),
    st.sampled_from([0.0, -0.0, 1.0, 2.5, float(2**53), float("inf"), float("nan")]),
    st.sampled_from(
        [[], ["x"], ["x", 1], {}, {"x": 1}, datetime(2026, 5, 1, tzinfo=UTC), timedelta(hours=2)]
    ),
)
_OWNERS = st.one_of(st.dictionaries(st.sampled_from(["p", "q", "x"]), _VALUES, max_size=3), _VALUES)
FACTS = st.fixed_dictionaries({}, optional={"a": _VALUES, "b": _VALUES, "m": _OWNERS, "n": _OWNERS})

_PATHS = st.sampled_from(["a", "b", "m.p", "m.q", "n.x", 'n["p"]', "missing", "missing.p"])
_LITERALS = st.sampled_from(
    ["0", "1", "-3", "2.5", "-0.0", "9007199254740993", "9007199254740993.0", "true", "null", '"x"', "'ä'"]
)
_ENGINE_ONLY = st.sampled_from(
    ['duration("2h")', 'timestamp("2026-05-01T00:00:00Z")', "int(a)", "size(m)", "[a]"]
)
_SIMPLE = st.one_of(_PATHS, _LITERALS)
_SUMS = st.tuples(_SIMPLE, st.sampled_from("+-*/%"), _SIMPLE).map(" ".join)
_OPERANDS = st.one_of(_PATHS, _PATHS, _LITERALS, _SUMS, _ENGINE_ONLY)
_COMPARED = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
_LISTS = st.sampled_from(['["x", "y"]', "[1, 2.5]", "[]", '["x", 1]', "[a, b]", "a", "m", "n.x"])
_TESTS = st.one_of(
    st.tuples(_OPERANDS, _COMPARED, _OPERANDS).map(" ".join),
    st.tuples(_OPERANDS, st.just("in"), _LISTS).map(" ".join),
    st.sampled_from(["m.p", "n.x", "n.q", "missing.p"]).map("has({})".format),
    st.tuples(_PATHS, st.sampled_from(["startsWith", "endsWith", "contains"]), _OPERANDS).map(
        lambda parts: "{}.{}({})".format(*parts)
    ),
    st.sampled_from(["true", "false", "a", "m.p", "1", 'm.all(k, k != "x")', "a < timestamp(b)"]),
)
RULES = st.recursive(
    _TESTS,
    lambda inner: st.one_of(
        inner.map("!({})".format),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]}) ? ({p[1]}) : ({p[2]})"),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(RULES, FACTS)
@example("a == b", {"a": 2**53 + 1, "b": float(2**53)})
@example("1 < a", {"a": float("nan")})
@example("a == 1", {"a": True})
@example("missing || true", {})
@example('a == "\\x41"', {"a": "A"})
def test_a_function_agrees_with_the_engine_or_leaves_it_to_it(source: str, facts: dict[str, Any]) -> None:
    """Errors, missing facts and unlike types included: what ``holds`` says, the engine alone says too."""
    rule, context = Rule.compile(source), RuleContext(facts)
    assert _said(rule.holds, context) == _said(rule.judge, context)


@settings(max_examples=150, deadline=None)
@given(st.lists(RULES, min_size=2, max_size=5), FACTS)
@example(["true", 'a == "\\x41"'], {"a": "A"})
@example(["true", "missing > 1"], {})
def test_rules_together_hold_where_each_surely_holds(sources: list[str], facts: dict[str, Any]) -> None:
    rules, context = [Rule.compile(source) for source in sources], RuleContext(facts)
    together = RulesTogether(rules).surely_hold(context)
    assert together == all(rule.surely_holds(context) for rule in rules)
    if together:
        assert all(rule.judge(context) for rule in rules)


@pytest.mark.parametrize(
    ("source", "facts"),
    [
        ("size(m) > 7", None),
        ("phase.dwell_days >= 30.0 - 25.0", {"phase": {"dwell_days": 8.5}}),
        ("seen.visit + 1 > 2 * seen.buy", {"seen": {"visit": 3, "buy": 1}}),
        ("phase.dwell_days > 7", {"phase": {"dwell_days": 8.5}}),
        ("7 < phase.dwell_days", {"phase": {"dwell_days": 8}}),
        ('!has(m.p) || m.p != "critical"', {"m": {}}),
        ('action.group in ["a", "b"] && m.p', {"action": {"group": "b"}, "m": {"p": True}}),
        ('"x" in m && seen.visit == 1', {"m": {"x": 0}, "seen": {"visit": 1}}),
        ('a.startsWith("so") ? n < 3 : false', {"a": "solar", "n": 2}),
    ],
)
def test_rules_that_people_write_need_no_engine(source: str, facts: dict[str, Any] | None) -> None:
    function = rule_function(source, parse_rule(source))
    if facts is None:  # some functions are left to the engine
        assert function is None
    else:
        assert function is not None
        assert function(facts) is True


def _said(judge: Any, context: RuleContext) -> bool | str:
    try:
        said: bool = judge(context)
    except RuleError as error:
        return str(error)
    return said
