"""What a rule must give when only part is known.

For questions about the journey file itself, such as whether any customer could ever pass a policy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from models.domain.rules.rule_syntax import ListOf, Literal, Node, Operation, dotted

UNKNOWN: Final = object()
"""The result of what depends on something that is not known."""

_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def fold(node: Node, known: Mapping[str, Any]) -> Any:
    """The value of ``node`` given some dotted paths, or ``UNKNOWN``.

    Example:
        >>> from models.domain.rules.rule_syntax import parse_rule
        >>> fold(parse_rule('phase.name == "trigger" && seen.visit > 0'), {"phase.name": "loyalty"})
        False
    """
    path = dotted(node)
    if path is not None:
        return known.get(path, UNKNOWN)
    match node:
        case Literal(value=value):
            return value
        case ListOf(items=items):
            values = [fold(item, known) for item in items]
            return UNKNOWN if UNKNOWN in values else values
        case Operation(operator="!", operands=(inner,)):
            value = fold(inner, known)
            return not value if isinstance(value, bool) else UNKNOWN
        case Operation(operator="&&" | "||" as operator, operands=operands):
            return _logic(operator == "||", [fold(operand, known) for operand in operands])
        case Operation(operator="?:", operands=(condition, yes, no)):
            chosen = fold(condition, known)
            return UNKNOWN if chosen is UNKNOWN else fold(yes if chosen else no, known)
        case Operation(operator=operator, operands=(left, right)):
            return _compared(operator, fold(left, known), fold(right, known))
    return UNKNOWN


def _logic(decisive: bool, values: list[Any]) -> Any:
    """``||`` is true as soon as one side is, ``&&`` false.

    Otherwise all must be known.
    """
    if any(value is decisive for value in values):
        return decisive
    return UNKNOWN if any(value is UNKNOWN for value in values) else not decisive


def _compared(operator: str, left: Any, right: Any) -> Any:
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if operator in ("==", "!="):
        return _equal(left, right) is (operator == "==")
    if operator == "in" and isinstance(right, list):
        return any(_equal(left, item) for item in right)
    ordered = all(isinstance(side, (int, float)) and not isinstance(side, bool) for side in (left, right))
    if operator in _ORDER and (ordered or (isinstance(left, str) and isinstance(right, str))):
        return _ORDER[operator](left, right)
    return UNKNOWN


def _equal(left: Any, right: Any) -> bool:
    """Equality as CEL has it: true is not 1."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)
