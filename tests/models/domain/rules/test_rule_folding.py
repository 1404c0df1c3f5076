"""Folding a rule with what is known says what the engine would say, or nothing."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings

from models.domain.rules.cel_engine import Context, compile_program
from models.domain.rules.rule_folding import UNKNOWN, fold
from models.domain.rules.rule_syntax import parse_rule, read_paths
from tests.models.domain.rules.expressions import EXPRESSIONS, NAMES


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


def test_partly_known_rules_fold_as_far_as_they_can() -> None:
    rule = parse_rule('phase.name == "loyalty" && seen.visit > 0')
    assert fold(rule, {"phase.name": "trigger"}) is False
    assert fold(rule, {"phase.name": "loyalty"}) is UNKNOWN
    assert fold(parse_rule('seen.visit > 0 || phase.name in ["trigger"]'), {"phase.name": "trigger"}) is True
