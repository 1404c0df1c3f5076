"""Rules are read as CEL reads them: precedence, texts, macros, and what they read."""

from __future__ import annotations

from typing import Any

import pytest

from models.domain.rules.rule_syntax import (
    Call,
    Index,
    ListOf,
    Literal,
    MapOf,
    Member,
    Name,
    Operation,
    dotted,
    parse_rule,
    read_paths,
)
from models.errors import RuleError

A, B, C = Name("a"), Name("b"), Name("c")


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("a || b && c", Operation("||", (A, Operation("&&", (B, C))))),
        ("a + b * c == c", Operation("==", (Operation("+", (A, Operation("*", (B, C)))), C))),
        ("a - b - c", Operation("-", (Operation("-", (A, B)), C))),
        ("!a == b", Operation("==", (Operation("!", (A,)), B))),
        ("a ? b : c", Operation("?:", (A, B, C))),
        ("a.b", Member(A, "b")),
        ('a["b"]', Member(A, "b")),
        ("a[b]", Index(A, B)),
        ("a.contains(b)", Call("contains", A, (B,))),
        ("[a, 1]", ListOf((A, Literal(1)))),
        ("{a: b}", MapOf((A,), (B,))),
        ("a // the rest is said to people", A),
    ],
)
def test_trees_bind_as_cel_does(source: str, tree: object) -> None:
    assert parse_rule(source) == tree


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("0x1F", 31),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("'it''s'", None),
        (r"'a\n\'b'", "a\n'b"),
        (r"r'a\n'", r"a\n"),
        ('"""a"b"""', 'a"b'),
        ("true", True),
        ("null", None),
    ],
)
def test_constants_have_their_values(source: str, value: Any) -> None:
    if source == "'it''s'":
        with pytest.raises(RuleError):  # two texts, and nothing between them
            parse_rule(source)
        return
    assert parse_rule(source) == Literal(value)


def test_a_macro_s_variable_is_not_read_from_the_context() -> None:
    tree = parse_rule("seen.list.exists(x, x.name == y && x > seen.quote)")

    assert read_paths(tree) == {"seen.list", "y", "seen.quote"}


def test_a_path_is_a_variable_and_members_of_it() -> None:
    assert dotted(parse_rule("a.b.c")) == "a.b.c"
    assert dotted(parse_rule("[a].b")) is None


def test_a_mistake_is_shown_where_it_stands() -> None:
    with pytest.raises(RuleError, match="end"):
        parse_rule("a &&")
