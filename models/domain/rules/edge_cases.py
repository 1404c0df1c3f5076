"""Edge cases of a rule: what it says right at its bounds.

Values are varied one at a time around a case in which the value decides, if one is found. Bounds are found in
comparisons with constants, with other values (``days_since.a < days_since.b``) and in sums of both. Knows the
syntax of a rule and which values can be missing; knows nothing of who is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, product
from math import ceil, floor
from typing import Any, Final

from models.domain.rules.rule_syntax import (
    Call,
    ListOf,
    Literal,
    Node,
    Operation,
    children,
    dotted,
    parse_rule,
)
from models.domain.rules.rules import Rule, RuleContext
from models.errors import RuleError

MOST_TRIED: Final = 512
"""Combinations that are tried to find a case in which a value decides."""
ANOTHER: Final = "something else"
NEVER: Final = 1e6
"""Days since what never happened."""
_USUAL: Final = 10.0
_USUAL_COUNT: Final = 1.0
"""Of a number, and of a count, that is compared with other values only."""
_COMPARISONS: Final = frozenset({"<", "<=", ">", ">=", "==", "!=", "in"})
_WHOLE: Final = (
    *("seen", "contacts", "now", "account.seen", "account.people", "account.roles", "account.people_seen"),
    *("account.roles_seen", "account.seen_by", "account.contacts"),
)
_DAYS: Final = ("days_since", "account.days_since")
_KNOWN: Final = (*_WHOLE, *_DAYS, "phase", "action", "account", "customer.id", "customer.locale",
                 "customer.time_zone", "customer.role")  # fmt: skip
"""Beginnings of paths that always have a value."""
_OPTIONAL: Final = ("account.attributes",)
_CLOCK: Final = {"now.hour": (0, 23), "now.weekday": (0, 6), "now.month": (1, 12)}
_SAME: Final = frozenset({"int", "double"})
"""Functions that leave a number what it is."""

Value = str | float | bool | None
"""None: it is not known. Whole numbers are ``int``, which CEL tells from fractions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeCase:
    """What a rule says of one value.

    ``holds`` None: the rule fails there, which refuses. ``others``: what the other values are, as far as the
    rule says something else without one of them.
    """

    path: str
    value: Value
    holds: bool | None
    others: Mapping[str, Value] = field(default_factory=dict)


@lru_cache(maxsize=256)
def edge_cases(source: str) -> tuple[EdgeCase, ...]:
    """Every value next to a bound of the rule, and what the rule says of it; not known comes last.

    Example:
        >>> [(case.value, case.holds) for case in edge_cases("customer.attributes.age >= 18.0")]
        [(17.0, False), (18.0, True), (19.0, True), (None, None)]
        >>> [(case.value, case.holds) for case in edge_cases("days_since.order >= 30.0")]
        [(29.0, False), (30.0, True), (31.0, True), (1000000.0, True)]
    """
    rule = Rule.compile(source)
    syntax = parse_rule(source)
    values = _values(syntax, rule.paths)
    answers, usual = _tried(rule, values), _usual_of(list(_comparisons(syntax)), rule.paths)
    found: list[EdgeCase] = []
    for path, own in values.items():
        base = _base(rule, values, answers, path, usual)
        others = {other: value for other, value in base.items() if other != path}
        said = [_ask(rule, {**others, path: value}) for value in own]
        telling = _telling(rule, others, path, own, said)
        found += [
            EdgeCase(path=path, value=value, holds=holds, others=telling)
            for value, holds in zip(own, said, strict=True)
        ]
    return tuple(found)


def _values(syntax: Node, paths: frozenset[str]) -> dict[str, list[Value]]:
    """What each path is tried with: values around its bounds, yes and no, and not known if it can be."""
    found: dict[str, list[Value]] = {path: [] for path in sorted(paths)}
    comparisons = list(_comparisons(syntax))
    usual = _usual_of(comparisons, paths)
    for left, right in comparisons:
        for path, value in (*_texts(left, right), *_around(left, right, usual)):
            if path in found and _possible(path, value) and value not in found[path]:
                found[path].append(value)
    return {path: _completed(path, own) for path, own in found.items()}


def _usual_of(comparisons: Sequence[tuple[Node, Node]], paths: frozenset[str]) -> dict[str, float]:
    """What each path is while another is varied: the first number that it is compared with."""
    usual = {path: _USUAL_COUNT if _begins(path, _WHOLE) else _USUAL for path in paths}
    for left, right in comparisons:
        for one, other in ((left, right), (right, left)):
            path = dotted(one)
            if path in usual and isinstance(other, Literal | ListOf):
                usual[path] = next(iter(_numbers(other)), usual[path])
    return usual


def _completed(path: str, own: Sequence[Value]) -> list[Value]:
    """Sorted if they are numbers; with never, and not known, where that can be."""
    numbers = [value for value in own if isinstance(value, int | float) and not isinstance(value, bool)]
    values: list[Value] = [*sorted(numbers), *(value for value in own if value not in numbers)]
    if not values:
        values = [0, 1] if _begins(path, _WHOLE) else [_USUAL] if _begins(path, _DAYS) else [False, True]
    if _begins(path, _DAYS):
        values.append(NEVER)
    if not _begins(path, _KNOWN) or _begins(path, _OPTIONAL):
        values.append(None)
    return values


def _comparisons(node: Node) -> Iterator[tuple[Node, Node]]:
    if isinstance(node, Operation) and node.operator in _COMPARISONS and len(node.operands) == 2:
        yield node.operands[0], node.operands[1]
    for child in children(node):
        yield from _comparisons(child)


def _texts(left: Node, right: Node) -> Iterator[tuple[str, Value]]:
    """Words, and yes or no, that a path is compared with; numbers of lists, too."""
    for one, other in ((left, right), (right, left)):
        path = dotted(one)
        if path is None:
            continue
        items = other.items if isinstance(other, ListOf) else (other,)
        constants = [item.value for item in items if isinstance(item, Literal) and item.value is not None]
        for value in constants:
            if isinstance(value, bool):
                yield path, False
                yield path, True
            elif isinstance(value, str):
                yield path, value
            elif isinstance(other, ListOf):
                yield from ((path, value + step) for step in (-1, 0, 1))
        if any(isinstance(value, str) for value in constants):
            yield path, ANOTHER


def _numbers(node: Node) -> list[float]:
    items = node.items if isinstance(node, ListOf) else (node,)
    values = [item.value for item in items if isinstance(item, Literal)]
    return [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]


def _around(left: Node, right: Node, usual: Mapping[str, float]) -> Iterator[tuple[str, Value]]:
    """For each number of a comparison the value at which both sides are equal, and its neighbours."""
    read = dict.fromkeys([*_read(left), *_read(right)])
    for path in read:

        def gap(value: float, path: str = path) -> float | None:
            given = {**usual, path: value}
            one, other = _computed(left, given), _computed(right, given)
            return None if one is None or other is None else one - other

        at_zero, at_one = gap(0.0), gap(1.0)
        if at_zero is None or at_one is None or at_one == at_zero:
            continue
        bound = -at_zero / (at_one - at_zero)
        if abs(gap(bound) or 0.0) > 1e-6:
            continue  # not a straight line: the bound lies elsewhere
        if _begins(path, _WHOLE):
            lower, upper = floor(bound), ceil(bound)
            yield from ((path, value) for value in dict.fromkeys((lower, upper) if lower < upper else
                                                                 (lower - 1, lower, lower + 1)))  # fmt: skip
        else:
            step = 1.0 if abs(bound) >= 1 or bound == 0 else 0.1
            yield from ((path, round(value, 6)) for value in (bound - step, bound, bound + step))
        if len(read) > 1:
            yield path, round(usual[path]) if _begins(path, _WHOLE) else usual[path]


def _read(node: Node) -> Iterator[str]:
    path = dotted(node)
    if path is not None:
        yield path
        return
    for child in children(node):
        yield from _read(child)


def _computed(node: Node, given: Mapping[str, float]) -> float | None:
    """The number that an arithmetic expression is; None: it is something else."""
    path = dotted(node)
    if path is not None:
        return given.get(path)
    if isinstance(node, Literal):
        plain = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        return float(node.value) if plain else None  # type: ignore[arg-type]
    if isinstance(node, Call):
        same = node.function in _SAME and node.target is None and len(node.arguments) == 1
        return _computed(node.arguments[0], given) if same else None
    if not isinstance(node, Operation):
        return None
    parts = [_computed(one, given) for one in node.operands]
    numbers = [part for part in parts if part is not None]
    if len(numbers) < len(parts):
        return None
    match node.operator, numbers:
        case "-", [one]:
            return -one
        case "+", [one, other]:
            return one + other
        case "-", [one, other]:
            return one - other
        case "*", [one, other]:
            return one * other
        case "/", [one, other] if other:
            return one / other
    return None


def _possible(path: str, value: Value) -> bool:
    """Counts, days and hours are not below 0; a clock ends."""
    if isinstance(value, str | bool) or value is None:
        return True
    counted = _begins(path, (*_WHOLE, *_DAYS)) or path == "phase.dwell_days"
    least, most = _CLOCK.get(path, (0 if counted else value, value))
    return least <= value <= most


def _begins(path: str, heads: Sequence[str]) -> bool:
    return any(path == head or path.startswith(f"{head}.") for head in heads)


Tried = list[tuple[dict[str, Value], bool | None]]


def _tried(rule: Rule, values: Mapping[str, Sequence[Value]]) -> Tried:
    """Combinations of values, and what the rule says of each."""
    cases = [
        dict(zip(values, combination, strict=True))
        for combination in islice(product(*values.values()), MOST_TRIED)
    ]
    return [(case, _ask(rule, case)) for case in cases]


def _base(
    rule: Rule,
    values: Mapping[str, Sequence[Value]],
    tried: Tried,
    path: str,
    usual: Mapping[str, float],
) -> Mapping[str, Value]:
    """A case in which the rule holds and the path decides; else one in which it holds, else the first."""
    holding = [case for case, holds in tried if holds]
    deciding = [
        case for case in holding if any(_ask(rule, {**case, path: value}) is False for value in values[path])
    ]
    if deciding:
        return max(deciding, key=lambda case: sum(case[other] == usual[other] for other in case))
    return holding[0] if holding else tried[0][0]


def _telling(
    rule: Rule, others: Mapping[str, Value], path: str, own: Sequence[Value], said: Sequence[bool | None]
) -> Mapping[str, Value]:
    """The other values without which the rule would say something else of one of the path's own."""
    needed = {}
    for other, value in others.items():
        rest = {name: one for name, one in others.items() if name != other}
        alternatives = {repr(value): value, "None": None, "0": 0, "False": False, "never": NEVER}
        if other.startswith("phase") or isinstance(value, str):
            alternatives["another"] = ANOTHER
        for instead in alternatives.values():
            again = [_ask(rule, {**rest, other: instead, path: one}) for one in own]
            if again != list(said):
                needed[other] = value
                break
    return needed


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
