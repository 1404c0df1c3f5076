"""Types that rules give to values of the request context.

A query says everything as a text. What a rule compares with a number is meant as a number, what it asks as a
condition as true or false. Knows syntax; knows nothing of requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from models.domain.rules.rule_syntax import (
    Call,
    Index,
    ListOf,
    Literal,
    Name,
    Node,
    Operation,
    children,
    dotted,
)
from models.domain.rules.rule_types import Plain, Record, Sort, Type

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_COMPARED: Final = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"})
_LOGIC: Final = frozenset({"&&", "||", "!"})
_NUMBERS: Final = frozenset({Sort.WHOLE, Sort.FRACTION})


def context_types(rules: Iterable[Node], variables: Mapping[str, Type]) -> dict[str, Sort]:
    """Name in the context → fraction, true or false, or text; names that rules use in two ways are left out.

    Args:
        rules: their syntax.
        variables: what rules read besides, with their types (``policy_context``).

    Example:
        >>> from models.domain.rules.rule_syntax import parse_rule
        >>> context_types([parse_rule('context.items > 5 && !context.vip')], {})
        {'items': <Sort.FRACTION: 'a fraction'>, 'vip': <Sort.BOOLEAN: 'true or false'>}
    """
    found: dict[str, set[Sort]] = {}
    for rule in rules:
        for name, sort in _uses(rule, variables):
            found.setdefault(name, set()).add(Sort.FRACTION if sort in _NUMBERS else sort)
    return {name: sorts.pop() for name, sorts in found.items() if len(sorts) == 1}


def read_as(sort: Sort | None, text: str) -> str | float | bool | None:
    """A text as the type that rules give it; None: it cannot be one.

    Example:
        >>> read_as(Sort.FRACTION, "6"), read_as(Sort.BOOLEAN, "TRUE"), read_as(None, "6")
        (6, True, '6')
    """
    if sort is Sort.FRACTION:
        if not _NUMBER.fullmatch(text):
            return None
        return float(text) if "." in text else int(text)
    if sort is Sort.BOOLEAN:
        return {"true": True, "false": False}.get(text.lower())
    return text


def _uses(node: Node, variables: Mapping[str, Type]) -> Iterator[tuple[str, Sort]]:
    if isinstance(node, Operation):
        if node.operator in _COMPARED and len(node.operands) == 2:
            left, right = node.operands
            yield from _compared(left, right, variables)
            yield from _compared(right, left, variables)
        conditions = node.operands if node.operator in _LOGIC else node.operands[:1]
        if node.operator in _LOGIC or node.operator == "?:":
            yield from ((name, Sort.BOOLEAN) for one in conditions if (name := _name(one)) is not None)
    if isinstance(node, Call) and node.target is not None and (name := _name(node.target)) is not None:
        yield name, Sort.TEXT  # startsWith and its like
    for child in children(node):
        yield from _uses(child, variables)


def _compared(one: Node, other: Node, variables: Mapping[str, Type]) -> Iterator[tuple[str, Sort]]:
    name = _name(one)
    if name is not None:
        yield from ((name, sort) for sort in _sorts(other, variables))


def _name(node: Node) -> str | None:
    """The name in the context that a node reads, as ``context.name`` or ``context["name"]``."""
    if isinstance(node, Index) and node.of == Name("context") and isinstance(node.key, Literal):
        return node.key.value if isinstance(node.key.value, str) else None
    path = dotted(node) or ""
    return path.removeprefix("context.") if path.startswith("context.") and path.count(".") == 1 else None


def _sorts(node: Node, variables: Mapping[str, Type]) -> Iterator[Sort]:
    if isinstance(node, ListOf):
        for item in node.items:
            yield from _sorts(item, variables)
    elif isinstance(node, Literal) and node.value is not None:
        kinds = {bool: Sort.BOOLEAN, int: Sort.FRACTION, float: Sort.FRACTION}
        yield kinds.get(type(node.value), Sort.TEXT)
    elif isinstance(node, Operation) and len(node.operands) == 1:
        yield from _sorts(node.operands[0], variables)
    elif (path := dotted(node)) is not None:
        kind: Type | None = Record(variables)
        for part in path.split("."):
            kind = kind.members.get(part) if isinstance(kind, Record) else None
        if isinstance(kind, Plain) and kind.sort not in (Sort.ANYTHING, Sort.NULL):
            yield kind.sort
