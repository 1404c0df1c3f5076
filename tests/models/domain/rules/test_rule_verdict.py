"""Problems of a rule: once each, in the words of its author."""

from __future__ import annotations

import pytest

from models.domain.rules.rule_syntax import parse_rule
from models.domain.rules.rule_types import TEXT, WHOLE, ListType, Record
from models.domain.rules.rule_verdict import Verdict, called, unknown, written


def test_a_problem_is_said_once() -> None:
    verdict = Verdict()
    for _ in range(2):
        verdict.problem("a number", parse_rule("a.b"), TEXT, "compare like with like")
        verdict.reads_unguarded("a.b")

    assert verdict.problems == ["expected a number, got a.b (a text); compare like with like"]
    assert verdict.unguarded == ["a.b"]


@pytest.mark.parametrize(
    "source", ["a.b.c", "a > 2", "!a", '"ü"', "true", "a.contains(…)", "size(…)", "a[…]", "[…]"]
)
def test_a_node_is_written_as_its_author_wrote_it(source: str) -> None:
    parsed = source.replace("(…)", "(b)").replace("a[…]", "a[b]").replace("[…]", "[b]")

    assert written(parse_rule(parsed)) == source


def test_a_name_that_is_not_known_gets_the_nearest_or_all_of_them() -> None:
    assert unknown("a phase", "custmer", ["customer", "lapsed"], "phases").endswith("did you mean customer?")
    assert unknown("a phase", "x", ["b", "a"], "phases").endswith(
        "use one of a, b, or declare it under phases"
    )
    many = unknown("a phase", "x", [f"p{n:02}" for n in range(14)], "")
    assert many.endswith("p10, p11, …")


def test_types_have_names_that_people_know() -> None:
    assert called(WHOLE) == "a whole number"
    assert called(ListType(WHOLE)) == "a list"
    assert called(Record({"b": TEXT, "a": TEXT})) == "with fields a, b"
