"""Rules as Python functions, where Python and CEL certainly agree.

A function gives true or false only for values whose meaning both share: texts, numbers, true and
false, members that are there. For anything else it raises, and the CEL engine judges, which stays the
reference: errors and their texts always come from it. Names and literals enter a function as their ``repr``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any, Final

from models.domain.rules.rule_syntax import Call, ListOf, Literal, Member, Name, Node, Operation

RuleFunction = Callable[[Mapping[str, Any]], bool]
VerdictsFunction = Callable[[Mapping[str, Any]], tuple[bool, ...]]

_EXACT: Final = 2**53
"""Whole numbers beyond it may change when they are compared with fractions."""

_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
_ORDER: Final = frozenset({"<", "<=", ">", ">="})
_TEXT_TESTS: Final = {
    "startsWith": "{0}.startswith({1})",
    "endsWith": "{0}.endswith({1})",
    "contains": "{1} in {0}",
}


class UnsureError(Exception):
    """Python and CEL might not agree here: ask CEL."""


def rule_function(source: str, syntax: Node) -> RuleFunction | None:
    """The rule as a function of its variables; None: only the CEL engine can tell.

    The function may raise anything; then the engine has to be asked.

    Example:
        >>> from models.domain.rules.rule_syntax import parse_rule
        >>> rule_function(rule := "phase.dwell_days > 7", parse_rule(rule))({"phase": {"dwell_days": 8.5}})
        True
    """
    return rules_function([(source, syntax)])


def rules_function(rules: Sequence[tuple[str, Node]]) -> RuleFunction | None:
    """Several rules as one function: true where all of them hold; None: only the engine can tell of one.

    One call for all of them takes half the time of a call each.
    """
    function: RuleFunction | None = _function(rules, " and ".join)
    return function


def verdicts_function(rules: Sequence[tuple[str, Node]]) -> VerdictsFunction | None:
    """The same, where each rule is answered for itself.

    Example:
        >>> from models.domain.rules.rule_syntax import parse_rule
        >>> rules = [(rule, parse_rule(rule)) for rule in ("now.hour < 9", "now.hour > 5")]
        >>> verdicts_function(rules)({"now": {"hour": 12}})
        (False, True)
    """
    function: VerdictsFunction | None = _function(rules, _as_tuple)
    return function


def _as_tuple(conditions: list[str]) -> str:
    return f"({''.join(f'{condition}, ' for condition in conditions)})"


def _function(rules: Sequence[tuple[str, Node]], joined: Callable[[list[str]], str]) -> Any:
    if any("\\" in source for source, _ in rules):  # escapes are read by the engine alone
        return None
    writer = _Writer()
    try:
        body = joined([writer.condition(syntax) for _, syntax in rules])
        module = compile(f"def rule(v):\n return {body}", "<rule>", "exec")
    except (UnsureError, ZeroDivisionError, SyntaxError, RecursionError, MemoryError):
        return None
    code = next(constant for constant in module.co_consts if isinstance(constant, CodeType))
    return FunctionType(code, dict(_GLOBALS))


@dataclass(slots=True)
class _Writer:
    """One method a kind of node.

    They raise ``UnsureError`` for what has no certain Python form.
    """

    _used: int = field(default=0)

    def condition(self, node: Node) -> str:
        """Python that gives true or false, or raises."""
        match node:
            case Literal(value=True | False as truth):
                return repr(truth)
            case Operation(operator="&&" | "||" as operator, operands=(left, right)):
                word = "and" if operator == "&&" else "or"
                return f"({self.condition(left)} {word} {self.condition(right)})"
            case Operation(operator="!", operands=(inner,)):
                return f"(not {self.condition(inner)})"
            case Operation(operator="?:", operands=(asked, yes, no)):
                return f"({self.condition(yes)} if {self.condition(asked)} else {self.condition(no)})"
            case Operation(operator="in", operands=(item, container)):
                return self._membership(item, container)
            case Operation(operator=operator, operands=(left, right)) if operator in ("==", "!=", *_ORDER):
                return self._comparison(operator, left, right)
            case Call(function="has", target=None, arguments=(Member(of=of, name=name),)):
                owner = self._name()
                return (
                    f"({name!r} in {owner} if ({owner} := {self._value(of)}).__class__ is dict else unsure())"
                )
            case Call(function=function, target=target, arguments=(argument,)) if (
                function in _TEXT_TESTS and target is not None
            ):
                text, part = self._name(), self._name()
                test = _TEXT_TESTS[function].format(text, part)
                texts = f"({text} := {self._value(target)}).__class__ is str"
                texts += f" and ({part} := {self._value(argument)}).__class__ is str"
                return f"({test} if {texts} else unsure())"
            case Member() | Name():
                value = self._name()
                return f"({value} if ({value} := {self._value(node)}).__class__ is bool else unsure())"
        raise UnsureError

    def _name(self) -> str:
        self._used += 1
        return f"t{self._used}"

    def _value(self, node: Node) -> str:
        match node:
            case Name(name=name):
                return f"v[{name!r}]"
            case Member(of=of, name=name):
                return f"{self._value(of)}[{name!r}]"
            case Operation(operator="+" | "-" | "*" | "/" as operator, operands=(left, right)):
                function = _ARITHMETIC[operator].__name__
                return f"{function}({self._value(left)}, {self._value(right)})"
        number = _number(node)
        if number is not None:
            return f"({number!r})"
        if isinstance(node, Literal):
            return repr(node.value)
        raise UnsureError

    def _comparison(self, operator: str, left: Node, right: Node) -> str:
        if _is_literal(left) and not _is_literal(right):
            left, right, operator = right, left, operator.translate(_MIRROR)
        value, text = self._name(), self._value(left)
        number = _number(right)
        if number is not None:
            return f"({value} {operator} {number!r} if {_is_number(value, text)} else unsure())"
        if isinstance(right, Literal) and isinstance(right.value, str):
            fits = "is str" if operator in _ORDER else "in scalars"
            return (
                f"({value} {operator} {right.value!r} if ({value} := {text}).__class__ {fits} else unsure())"
            )
        if operator in _ORDER:
            return f"(sign({text}, {self._value(right)}) {operator} 0)"
        return f"({'not ' if operator == '!=' else ''}equal({text}, {self._value(right)}))"

    def _membership(self, item: Node, container: Node) -> str:
        value, text = self._name(), self._value(item)
        if isinstance(container, ListOf):
            numbers = [number for one in container.items if (number := _number(one)) is not None]
            if numbers and len(numbers) == len(container.items):
                return f"({value} in {tuple(numbers)!r} if {_is_number(value, text)} else unsure())"
            words = [
                one.value
                for one in container.items
                if isinstance(one, Literal) and isinstance(one.value, str)
            ]
            if len(words) != len(container.items):
                raise UnsureError
            return f"({value} in {tuple(words)!r} if ({value} := {text}).__class__ in scalars else unsure())"
        return f"within({text}, {self._value(container)})"


_MIRROR: Final = str.maketrans("<>", "><")


def _is_literal(node: Node) -> bool:
    return isinstance(node, Literal) or _number(node) is not None


def _number(node: Node) -> int | float | None:
    """The number that a literal, signed or not, stands for, if it is the same as a fraction."""
    match node:
        case Operation(operator="-", operands=(Literal(value=int() | float() as value),)):
            number = _plain(value)
            return None if number is None else -number
        case Literal(value=int() | float() as value):
            return _plain(value)
        case Operation(operator="+" | "-" | "*" | "/" as operator, operands=(left, right)):
            one, other = _number(left), _number(right)
            return None if one is None or other is None else _plain(_ARITHMETIC[operator](one, other))
    return None


def _plain(value: float) -> int | float | None:
    return value if not isinstance(value, bool) and -_EXACT <= value <= _EXACT else None


def _is_number(name: str, text: str) -> str:
    """Python that puts ``text`` into ``name`` and asks whether it compares as CEL compares."""
    inside = f"-{_EXACT} <= {name} <= {_EXACT}"
    return (
        f"({name} := {text}).__class__ is float and {name} == {name} or {name}.__class__ is int and {inside}"
    )


def plus(left: Any, right: Any) -> Any:
    return _whole_in_range(left + right) if _alike(left, right) else _unsure()


def minus(left: Any, right: Any) -> Any:
    return _whole_in_range(left - right) if _alike(left, right) else _unsure()


def times(left: Any, right: Any) -> Any:
    return _whole_in_range(left * right) if _alike(left, right) else _unsure()


def divided(left: Any, right: Any) -> Any:
    """Of fractions; whole numbers have rules of their own in CEL."""
    return left / right if left.__class__ is float and right.__class__ is float else _unsure()


def _alike(left: Any, right: Any) -> bool:
    """Whether both are numbers of one sort, which is what CEL calculates with."""
    return left.__class__ is right.__class__ and (left.__class__ is float or left.__class__ is int)


def _whole_in_range(number: Any) -> Any:
    return number if number.__class__ is float or -_EXACT <= number <= _EXACT else _unsure()


_ARITHMETIC: Final = {"+": plus, "-": minus, "*": times, "/": divided}


def _unsure() -> bool:
    raise UnsureError


def _sign(left: Any, right: Any) -> int:
    """-1, 0 or 1 as ``left`` is below, at or above ``right``."""
    texts = left.__class__ is str and right.__class__ is str
    if texts or (_comparable(left) and _comparable(right)):
        return int(left > right) - int(left < right)
    raise UnsureError


def _equal(left: Any, right: Any) -> bool:
    kind = left.__class__
    alike = kind is right.__class__ and (kind is str or kind is bool or left is None)
    if alike or (_comparable(left) and _comparable(right)):
        return bool(left == right)
    raise UnsureError


def _comparable(value: Any) -> bool:
    """Whether it is a number that compares the same way as a whole number and as a fraction."""
    kind = value.__class__
    return (kind is float and value == value) or (kind is int and -_EXACT <= value <= _EXACT)


def _within(item: object, container: object) -> bool:
    """A text among the keys of a map, or among texts of a list."""
    if item.__class__ is not str:
        raise UnsureError
    if isinstance(container, dict):
        return item in container
    if isinstance(container, list) and all(one.__class__ is str for one in container):
        return item in container
    raise UnsureError


_GLOBALS: Final[Mapping[str, Any]] = {
    "__builtins__": {kind.__name__: kind for kind in (str, int, float, bool, dict)},
    "unsure": _unsure,
    "scalars": _SCALARS,
    "sign": _sign,
    "equal": _equal,
    "within": _within,
    **{function.__name__: function for function in _ARITHMETIC.values()},
}
