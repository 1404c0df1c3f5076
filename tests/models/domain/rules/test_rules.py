"""Rules of rules: what compiles, what holds, what a rule reads, and what is known before it runs."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.journey import Attribute, AttributeType
from models.domain.rules.cel_engine import Context, compile_program
from models.domain.rules.rule_checker import check_rule
from models.domain.rules.rule_folding import UNKNOWN, fold
from models.domain.rules.rule_syntax import parse_rule, read_paths
from models.domain.rules.rule_types import BOOLEAN, FRACTION, WHOLE, Plain, Record, Sort, Type
from models.domain.rules.rules import MAX_RULE_LENGTH, Rule, RuleContext, rule_attributes
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


# --- The syntax tree reads the same language as the engine

NAMES = {"a": 3, "b": 2.5, "c": "x", "d": True}
_words = st.sampled_from(["x", "y", "a'b", 'q"t', "ä", "\\"])
_leaves = st.one_of(
    st.integers(0, 9).map(str),
    st.floats(0, 9, allow_nan=False).map(lambda x: repr(round(x, 3))),
    _words.map(lambda w: '"' + w.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    st.sampled_from(["true", "false", "null", *NAMES, "m.a", 'm["b"]', "m.d"]),
)


OPERATORS = ["&&", "||", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "in"]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """Valid CEL, though mostly of types that do not fit."""
    form = (
        draw(st.sampled_from(["leaf", "binary", "binary", "binary", "not", "list", "choice"]))
        if depth
        else "leaf"
    )
    if form == "leaf":
        return draw(_leaves)
    parts = [draw(expressions(depth=depth - 1)) for _ in range({"not": 1, "binary": 2}.get(form, 3))]
    if form == "binary":
        bare = draw(st.booleans())
        operator = draw(st.sampled_from(OPERATORS))
        return f" {operator} ".join(parts if bare else [f"({part})" for part in parts])
    if form == "not":
        return f"!({parts[0]})"
    if form == "list":
        return f"[{', '.join(parts)}]"
    return f"({parts[0]}) ? ({parts[1]}) : ({parts[2]})"


EXPRESSIONS = expressions()


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS)
def test_folding_with_everything_known_gives_what_the_engine_gives(source: str) -> None:
    """Binding, precedence and comparisons agree with CEL; "it depends" is always allowed, a lie never."""
    program = compile_program(source)  # the generator writes valid CEL, and the parser must read it
    tree = parse_rule(source)
    assert {path.partition(".")[0] for path in read_paths(tree)} == set(program.variables())
    known = {**NAMES, **{f"m.{name}": value for name, value in NAMES.items()}}
    folded = fold(tree, known)
    if folded is UNKNOWN:
        return
    try:
        answer = program.execute(Context({**NAMES, "m": NAMES}))
    except (TypeError, ValueError, KeyError, RuntimeError):
        return  # a type error, which check_rule reports
    assert _same(folded, answer)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right)
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS)
def test_a_rule_that_passes_the_check_runs(source: str) -> None:
    """No false all-clear: what the type check lets pass, the engine evaluates to true or false."""
    types: dict[str, Type] = {"a": WHOLE, "b": FRACTION, "c": Plain(Sort.TEXT), "d": BOOLEAN}
    verdict = check_rule(parse_rule(source), {**types, "m": Record(types)})
    if not verdict.problems:
        assert Rule.compile(source).holds(RuleContext({**NAMES, "m": NAMES})) in (True, False)


def test_partly_known_rules_fold_as_far_as_they_can() -> None:
    rule = parse_rule('phase.name == "loyalty" && seen.visit > 0')
    assert fold(rule, {"phase.name": "trigger"}) is False
    assert fold(rule, {"phase.name": "loyalty"}) is UNKNOWN
    assert fold(parse_rule('seen.visit > 0 || phase.name in ["trigger"]'), {"phase.name": "trigger"}) is True


# --- What may be missing must be guarded

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
