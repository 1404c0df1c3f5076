"""How many steps a rule may take, found before it runs.

CEL always ends, but comprehensions inside comprehensions multiply: eight of ten items each are a hundred
million steps in 250 characters. The engine cannot be stopped, so a rule that may take too long is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.domain.rules.rule_syntax import (
    COMPREHENSIONS,
    Call,
    Index,
    ListOf,
    Literal,
    MapOf,
    Member,
    Name,
    Node,
    Operation,
)
from models.errors import RuleError

MAX_STEPS: Final = 10_000
"""About 5 ms of one core; rules that people write take fewer than 100."""

_ITEMS_A_STEP: Final = 10
"""Items or characters that are copied or compared in the time of one step."""

_UNKNOWN_SIZE: Final = 100
"""Items or characters of what is only known when the rule runs, such as ``customer.attributes``."""


@dataclass(frozen=True, slots=True)
class _Cost:
    """Steps to work out a value, and how large it may be: items or characters, and those of an item."""

    steps: float
    size: float = 1.0
    item: float = 1.0


def check_cost(syntax: Node) -> None:
    """Refuse a rule that may take too many steps.

    Raises:
        RuleError: more than ``MAX_STEPS``.

    Example:
        >>> from models.domain.rules.rule_syntax import parse_rule
        >>> check_cost(parse_rule("[1, 2, 3].all(x, x > 0)"))
    """
    steps = most_steps(syntax)
    if steps > MAX_STEPS:
        shown = f"{steps:.0f}" if steps < 1e9 else f"{steps:.0e}"
        raise RuleError(
            f"a rule may take {shown} steps, at most {MAX_STEPS} are allowed; nest fewer comprehensions"
            " (all, exists, map, filter) or shorten their lists"
        )


def most_steps(syntax: Node) -> float:
    """The most steps that a rule can take: one for each value, and one for ten items or characters."""
    return _cost(syntax, {}).steps


def _cost(node: Node, variables: Mapping[str, _Cost]) -> _Cost:
    match node:
        case Literal(value=value):
            return _Cost(1, len(value) if isinstance(value, str) else 1)
        case Name(name=name):
            return variables.get(name, _Cost(1, _UNKNOWN_SIZE, _UNKNOWN_SIZE))
        case Member(of=of):
            return _Cost(1 + _cost(of, variables).steps, _UNKNOWN_SIZE, _UNKNOWN_SIZE)
        case Index(of=of, key=key):
            owner = _cost(of, variables)
            return _Cost(1 + owner.steps + _cost(key, variables).steps, owner.item, owner.item)
        case ListOf(items=items):
            return _of_items([_cost(item, variables) for item in items])
        case MapOf(keys=keys, values=values):
            parts = _of_items([_cost(child, variables) for child in (*keys, *values)])
            return _Cost(parts.steps, len(keys), parts.item)
        case Operation(operator=operator, operands=operands):
            return _of_operation(operator, [_cost(operand, variables) for operand in operands])
        case Call(function=function, target=target, arguments=arguments):
            if function in COMPREHENSIONS and target is not None and len(arguments) > 1:
                return _of_comprehension(function, _cost(target, variables), arguments, variables)
            given = [
                _cost(child, variables) for child in (*(() if target is None else (target,)), *arguments)
            ]
            steps = 1 + sum(cost.steps + cost.size / _ITEMS_A_STEP for cost in given)
            return _Cost(steps, max((cost.size for cost in given), default=1))


def _of_items(items: list[_Cost]) -> _Cost:
    return _Cost(
        1 + sum(item.steps for item in items), len(items), max((item.size for item in items), default=1)
    )


def _of_operation(operator: str, operands: list[_Cost]) -> _Cost:
    steps = 1 + sum(operand.steps for operand in operands)
    sizes = [operand.size for operand in operands]
    item = max(operand.item for operand in operands)
    if operator == "+":
        return _Cost(steps + sum(sizes) / _ITEMS_A_STEP, sum(sizes), item)
    if operator == "?:":
        return _Cost(steps, max(sizes[1:]), item)
    return _Cost(steps + min(sizes) / _ITEMS_A_STEP)


def _of_comprehension(
    function: str, target: _Cost, arguments: tuple[Node, ...], variables: Mapping[str, _Cost]
) -> _Cost:
    variable, *bodies = arguments
    name = variable.name if isinstance(variable, Name) else ""
    inner = {**variables, name: _Cost(1, target.item, target.item)}
    costs = [_cost(body, inner) for body in bodies]
    steps = 1 + target.steps + target.size * (1 + sum(cost.steps for cost in costs))
    if function == "map":
        return _Cost(steps, target.size, costs[-1].size)
    return _Cost(steps, target.size, target.item) if function == "filter" else _Cost(steps)
