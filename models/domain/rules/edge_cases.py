"""Edge cases of a rule: what it says right at its bounds.

Values are varied one at a time around a case in which the rule holds, if one is found. Knows the syntax of a
rule; knows nothing of who is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, Final

from models.domain.rules.rule_syntax import ListOf, Literal, Node, Operation, children, dotted, parse_rule
from models.domain.rules.rules import Rule, RuleContext
from models.errors import RuleError

MOST_TRIED: Final = 512
"""Combinations that are tried to find a case in which the rule holds."""
ANOTHER: Final = "something else"
_COMPARISONS: Final = frozenset({"<", "<=", ">", ">=", "==", "!=", "in"})

Value = str | float | bool | None
"""None: it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeCase:
    """What a rule says of one value.

    All else is as it should be.

    ``holds`` None: the rule fails there, which refuses.
    """

    path: str
    value: Value
    holds: bool | None


def edge_cases(source: str) -> tuple[EdgeCase, ...]:
    """Every value next to a bound of the rule, and what the rule says of it; not known comes last.

    Example:
        >>> [(case.value, case.holds) for case in edge_cases("customer.attributes.age >= 18.0")]
        [(17.0, False), (18.0, True), (19.0, True), (None, None)]
    """
    rule = Rule.compile(source)
    values = _values(parse_rule(source), rule.paths)
    base = _base(rule, values)
    return tuple(
        EdgeCase(path=path, value=value, holds=_ask(rule, {**base, path: value}))
        for path, found in values.items()
        for value in found
    )


def _values(syntax: Node, paths: frozenset[str]) -> dict[str, list[Value]]:
    """What each path is tried with: values around its bounds, yes and no, and not known."""
    found: dict[str, list[Value]] = {path: [] for path in sorted(paths)}
    for path, bound in _bounds(syntax):
        if path in found:
            found[path] += [value for value in _around(bound) if value not in found[path]]
    return {path: [*(values or [False, True]), None] for path, values in found.items()}


def _bounds(node: Node) -> Iterator[tuple[str, Node]]:
    """Path and constant of every comparison."""
    if isinstance(node, Operation) and node.operator in _COMPARISONS and len(node.operands) == 2:
        left, right = node.operands
        for one, other in ((left, right), (right, left)):
            path = dotted(one)
            if path is not None and isinstance(other, Literal | ListOf):
                yield path, other
    for child in children(node):
        yield from _bounds(child)


def _around(bound: Node) -> list[Value]:
    if isinstance(bound, ListOf):
        return [value for item in bound.items for value in _around(item) if value != ANOTHER] + [ANOTHER]
    value = bound.value if isinstance(bound, Literal) else None
    if isinstance(value, bool):
        return [False, True]
    if isinstance(value, int | float):
        return [float(value) - 1, float(value), float(value) + 1]
    return [] if value is None else [value, ANOTHER]


def _base(rule: Rule, values: Mapping[str, Sequence[Value]]) -> dict[str, Value]:
    """A case in which the rule holds; the first one tried if none is found."""
    for combination in islice(product(*values.values()), MOST_TRIED):
        case = dict(zip(values, combination, strict=True))
        if _ask(rule, case):
            return case
    return {path: found[0] for path, found in values.items()}


def _ask(rule: Rule, case: Mapping[str, Value]) -> bool | None:
    variables: dict[str, Any] = {}
    for path, value in case.items():
        *parents, name = path.split(".")
        place = variables
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is not None:
            place[name] = value
    try:
        return rule.holds(RuleContext(variables))
    except RuleError:
        return None
