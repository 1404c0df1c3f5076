"""Which types may stand together in a rule."""

from __future__ import annotations

from typing import Final

from models.domain.rules.rule_syntax import Literal, Node
from models.domain.rules.rule_types import (
    ANYTHING,
    BOOLEAN,
    FRACTION,
    NULL,
    ListType,
    Plain,
    Record,
    Sort,
    Type,
)
from models.domain.rules.rule_verdict import Verdict, called, unknown, written

COMPARISONS: Final = frozenset({"<", "<=", ">", ">="})
_NUMBERS: Final = frozenset({Sort.WHOLE, Sort.FRACTION})


def expect(verdict: Verdict, node: Node, kind: Type, sort: Sort, what: str) -> None:
    """A node must be able to have the sort that is needed there."""
    if not may_be(kind, sort):
        verdict.problem(f"{what} ({sort.value})", node, kind, "compare or convert it")


def comparison(verdict: Verdict, operator: str, operands: tuple[Node, ...], types: list[Type]) -> None:
    """Two sides of a comparison must be alike, and have an order where one is asked for."""
    left, right = types
    if isinstance(left, Record) or isinstance(right, Record):
        node, kind = (operands[0], left) if isinstance(left, Record) else (operands[1], right)
        verdict.problem(f"a plain value next to {operator}", node, kind, "name one of its fields")
        return
    if not comparable(left, right):
        verdict.problem(
            f"{called(left)} to compare with {written(operands[0])}",
            operands[1],
            right,
            "compare like with like",
        )
    elif operator in COMPARISONS and not (ordered(left) and ordered(right)):
        node, kind = (operands[0], left) if not ordered(left) else (operands[1], right)
        verdict.problem(f"numbers or texts next to {operator}", node, kind, "use == or !=")
    elif operator in ("==", "!="):
        words(verdict, left, operands[1])
        words(verdict, right, operands[0])


def membership(verdict: Verdict, operands: tuple[Node, ...], types: list[Type]) -> Type:
    """What follows ``in`` must hold items."""
    container = types[1]
    if isinstance(container, Plain) and container.sort is not Sort.ANYTHING:
        verdict.problem("a list after in", operands[1], container, 'write ["a", "b"]')
    return BOOLEAN


def words(verdict: Verdict, kind: Type, node: Node) -> None:
    """A text that is compared with a known set of words must be one of them."""
    if not isinstance(kind, Plain) or kind.words is None:
        return
    if isinstance(node, Literal) and isinstance(node.value, str) and node.value not in kind.words:
        verdict.add(unknown(kind.what, node.value, kind.words - {""}, ""))


def either(verdict: Verdict, node: Node, yes: Type, no: Type) -> Type:
    """Both results of ``?:`` must be of one sort, or what comes after fits only one of them."""
    if ANYTHING in (yes, no):
        return ANYTHING
    if isinstance(yes, Plain) and isinstance(no, Plain) and yes.sort is no.sort:
        return Plain(yes.sort, nullable=yes.nullable or no.nullable)
    if yes != no:
        verdict.problem(f"{called(yes)} after : as before it", node, no, "give both sides one type")
    return yes


def arithmetic(verdict: Verdict, operator: str, node: Node, types: list[Type]) -> Type:
    """Both sides of a sum must be numbers of one sort, or two texts or lists."""
    left, right = types
    if ANYTHING in (left, right):
        return left if right == ANYTHING else right
    sorts = {kind.sort if isinstance(kind, Plain) else None for kind in types}
    if sorts <= _NUMBERS:
        if len(sorts) == 2:
            remedy = "write double(…) around the whole number, or 1.0 for 1"
            verdict.problem(f"two numbers of one sort next to {operator}", node, FRACTION, remedy)
        return left
    lists = isinstance(left, ListType) and isinstance(right, ListType)
    if operator != "+" or not (sorts == {Sort.TEXT} or lists):
        verdict.problem(f"numbers next to {operator}", node, right, "calculate with numbers only")
        return ANYTHING
    return left


def arithmetic_operand(verdict: Verdict, node: Node, kind: Type) -> None:
    """What follows a minus sign must be a number."""
    if not (isinstance(kind, Plain) and kind.sort in (*_NUMBERS, Sort.ANYTHING)):
        verdict.problem("a number after -", node, kind, "calculate with numbers only")


def comparable(left: Type, right: Type) -> bool:
    """Whether two types can ever be equal."""
    if ANYTHING in (left, right):
        return True
    if not isinstance(left, Plain) or not isinstance(right, Plain):
        return isinstance(left, ListType) and isinstance(right, ListType)
    if NULL in (left, right):
        return left.nullable or right.nullable or left == right
    return left.sort is right.sort or {left.sort, right.sort} <= _NUMBERS


def ordered(kind: Type) -> bool:
    """Whether values of a type have an order."""
    return isinstance(kind, Plain) and kind.sort in (*_NUMBERS, Sort.TEXT, Sort.ANYTHING)


def may_be(kind: Type, sort: Sort) -> bool:
    """Whether values of a type can be of a sort."""
    return isinstance(kind, Plain) and kind.sort in (sort, Sort.ANYTHING)
