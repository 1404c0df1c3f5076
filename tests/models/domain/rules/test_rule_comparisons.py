"""Which types may stand together, and what is said where they may not."""

from __future__ import annotations

import pytest

from models.domain.rules.rule_comparisons import (
    arithmetic,
    comparable,
    comparison,
    either,
    may_be,
    ordered,
    words,
)
from models.domain.rules.rule_syntax import Literal, Name
from models.domain.rules.rule_types import (
    ANYTHING,
    BOOLEAN,
    FRACTION,
    NULL,
    TEXT,
    WHOLE,
    ListType,
    Plain,
    Record,
    Sort,
    Type,
)
from models.domain.rules.rule_verdict import Verdict

A, B = Name("a"), Name("b")
MAYBE = Plain(Sort.TEXT, nullable=True)
PHASE = Plain(Sort.TEXT, words=frozenset({"customer", "lapsed"}), what="a phase")


@pytest.mark.parametrize(
    ("left", "right", "can"),
    [
        (WHOLE, FRACTION, True),
        (WHOLE, TEXT, False),
        (ANYTHING, Record({}), True),
        (MAYBE, NULL, True),
        (TEXT, NULL, False),
        (ListType(TEXT), ListType(WHOLE), True),
        (ListType(TEXT), TEXT, False),
    ],
)
def test_like_is_compared_with_like(left: Type, right: Type, can: bool) -> None:
    assert comparable(left, right) is can
    assert comparable(right, left) is can


def test_only_numbers_and_texts_have_an_order() -> None:
    assert [ordered(kind) for kind in (WHOLE, FRACTION, TEXT, ANYTHING, BOOLEAN, Record({}))] == [
        True
    ] * 4 + [False] * 2

    verdict = Verdict()
    comparison(verdict, "<", (A, B), [BOOLEAN, BOOLEAN])
    comparison(verdict, "==", (A, B), [BOOLEAN, BOOLEAN])
    assert verdict.problems == ["expected numbers or texts next to <, got a (true or false); use == or !="]


def test_a_word_that_is_none_of_the_known_ones_gets_the_nearest() -> None:
    verdict = Verdict()
    words(verdict, PHASE, Literal("costumer"))
    words(verdict, PHASE, Literal("lapsed"))
    words(verdict, PHASE, A)  # what it will be is not known yet

    assert verdict.problems == ['expected a phase that exists, got "costumer"; did you mean customer?']


@pytest.mark.parametrize(
    ("operator", "left", "right", "result", "says"),
    [
        ("+", WHOLE, WHOLE, WHOLE, ""),
        ("+", WHOLE, FRACTION, WHOLE, "double("),
        ("+", TEXT, TEXT, TEXT, ""),
        ("-", TEXT, TEXT, ANYTHING, "numbers only"),
        ("+", ListType(TEXT), ListType(TEXT), ListType(TEXT), ""),
        ("*", ANYTHING, FRACTION, FRACTION, ""),
    ],
)
def test_sums_are_of_numbers_of_one_sort_or_of_texts_or_lists(
    operator: str, left: Type, right: Type, result: Type, says: str
) -> None:
    verdict = Verdict()

    assert arithmetic(verdict, operator, A, [left, right]) == result
    assert bool(verdict.problems) is bool(says)
    assert says in "".join(verdict.problems)


def test_both_sides_of_a_choice_have_one_sort() -> None:
    verdict = Verdict()

    assert either(verdict, A, TEXT, MAYBE) == MAYBE
    assert not verdict.problems
    either(verdict, A, TEXT, WHOLE)
    assert "give both sides one type" in verdict.problems[0]


def test_what_may_be_anything_may_be_a_condition() -> None:
    assert may_be(ANYTHING, Sort.BOOLEAN)
    assert not may_be(ListType(BOOLEAN), Sort.BOOLEAN)
