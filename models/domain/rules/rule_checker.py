"""Does a rule make sense before any customer: do its names exist, do its types fit, are its words known?

Walks the syntax tree with the types of a context. Finds what running a rule on samples misses: a
misspelt phase (simply never equal), the branch that ``||`` skipped, a number compared with a word, an
attribute that some customers lack and that no ``has(...)`` guards.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
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
    dotted,
)
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

_NUMBERS: Final = frozenset({Sort.WHOLE, Sort.FRACTION})
_COMPARISONS: Final = frozenset({"<", "<=", ">", ">="})
_LITERALS: Final = {bool: BOOLEAN, int: WHOLE, float: FRACTION, str: TEXT, type(None): NULL}
_TEXT_TESTS: Final = frozenset({"startsWith", "endsWith", "contains", "matches"})
_CONVERSIONS: Final = {"int": WHOLE, "double": FRACTION, "string": TEXT}

Known = frozenset[str]
"""Paths that are certainly there, because a ``has(...)`` said so on the way."""


@dataclass(slots=True)
class Verdict:
    """What is wrong, and what may be missing when the rule runs."""

    problems: list[str] = field(default_factory=list)
    unguarded: list[str] = field(default_factory=list)


def check_rule(syntax: Node, context: Mapping[str, Type]) -> Verdict:
    """Check one rule against the context that it will run in.

    Returns:
        ``problems``: texts ``expected …, got …; …`` for names, types and words that cannot be right.
        ``unguarded``: paths of optional members that are read without a ``has(...)`` that holds there.
    """
    walk = _Walk(context)
    result = walk.type_of(syntax, frozenset())
    if not _may_be(result, Sort.BOOLEAN):
        walk.problem("a condition that is true or false", syntax, result, "compare it with something")
    return walk.verdict


@dataclass(slots=True)
class _Walk:
    context: Mapping[str, Type]
    verdict: Verdict = field(default_factory=Verdict)

    def problem(self, expected: str, node: Node, kind: Type, remedy: str) -> None:
        """``expected …, got …; …``, once."""
        text = f"expected {expected}, got {written(node)} ({_called(kind)}); {remedy}"
        if text not in self.verdict.problems:
            self.verdict.problems.append(text)

    def type_of(self, node: Node, known: Known) -> Type:
        match node:
            case Literal(value=value):
                return _LITERALS[type(value)]
            case Name(name=name):
                return self._variable(name)
            case Member(of=of, name=name):
                return self._member(node, of, name, known)
            case Index(of=of, key=key):
                return self._index(node, of, key, known)
            case ListOf(items=items):
                types = [self.type_of(item, known) for item in items]
                return ListType(types[0] if types else ANYTHING)
            case MapOf(keys=keys, values=values):
                for child in (*keys, *values):
                    self.type_of(child, known)
                return ANYTHING
            case Call():
                return self._call(node, known)
            case Operation():
                return self._operation(node, known)

    def _variable(self, name: str) -> Type:
        if name in self.context:
            return self.context[name]
        text = _unknown("a variable", name, self.context, "")
        if text not in self.verdict.problems:
            self.verdict.problems.append(text)
        return ANYTHING

    def _member(self, node: Node, of: Node, name: str, known: Known) -> Type:
        owner = self.type_of(of, known)
        if owner == ANYTHING:
            return ANYTHING
        if not isinstance(owner, Record):
            self.problem(f"something with fields before .{name}", of, owner, "leave the field out")
            return ANYTHING
        path = dotted(node)
        if name not in owner.members and not owner.open:
            text = f"{path or name}: {_unknown(owner.what, name, owner.members, owner.where)}"
            if text not in self.verdict.problems:
                self.verdict.problems.append(text)
            return ANYTHING
        if owner.optional and path is not None and path not in known and path not in self.verdict.unguarded:
            self.verdict.unguarded.append(path)
        return owner.members.get(name, ANYTHING)

    def _index(self, node: Node, of: Node, key: Node, known: Known) -> Type:
        owner = self.type_of(of, known)
        index = self.type_of(key, known)
        if isinstance(owner, ListType):
            self._expect(key, index, Sort.WHOLE, "a position")
            return owner.item
        if isinstance(owner, Record):
            self._expect(key, index, Sort.TEXT, "a name")
            return next(iter(owner.members.values()), ANYTHING)
        if owner != ANYTHING:
            self.problem("a list or something with fields before [", of, owner, "leave the index out")
        return ANYTHING

    def _operation(self, node: Operation, known: Known) -> Type:
        operator, operands = node.operator, node.operands
        if operator in ("&&", "||"):
            return self._logic(operator, operands, known)
        if operator == "?:":
            condition, yes, no = operands
            self._expect(condition, self.type_of(condition, known), Sort.BOOLEAN, "a condition")
            return self._either(
                no,
                self.type_of(yes, known | _certain(condition, True)),
                self.type_of(no, known | _certain(condition, False)),
            )
        if operator == "in" and isinstance(operands[1], ListOf):
            return self._one_of(operands[0], operands[1].items, known)
        types = [self.type_of(operand, known) for operand in operands]
        if operator == "!":
            self._expect(operands[0], types[0], Sort.BOOLEAN, "a condition")
            return BOOLEAN
        if len(operands) == 1:
            self._arithmetic_operand(operands[0], types[0])
            return types[0]
        if operator == "in":
            return self._membership(operands, types)
        if operator in ("==", "!=") or operator in _COMPARISONS:
            self._comparison(operator, operands, types)
            return BOOLEAN
        return self._arithmetic(operator, node, types)

    def _logic(self, operator: str, operands: tuple[Node, ...], known: Known) -> Type:
        """One side runs where the other was true (``&&``) or false (``||``); CEL takes either order."""
        left, right = operands
        truth = operator == "&&"
        for operand, other in ((left, right), (right, left)):
            kind = self.type_of(operand, known | _certain(other, truth))
            self._expect(operand, kind, Sort.BOOLEAN, "a condition")
        return BOOLEAN

    def _either(self, node: Node, yes: Type, no: Type) -> Type:
        """Both results of ``?:`` must be of one sort, or what comes after fits only one of them."""
        if ANYTHING in (yes, no):
            return ANYTHING
        if isinstance(yes, Plain) and isinstance(no, Plain) and yes.sort is no.sort:
            return Plain(yes.sort, nullable=yes.nullable or no.nullable)
        if yes != no:
            self.problem(f"{_called(yes)} after : as before it", node, no, "give both sides one type")
        return yes

    def _comparison(self, operator: str, operands: tuple[Node, ...], types: list[Type]) -> None:
        left, right = types
        if isinstance(left, Record) or isinstance(right, Record):
            node, kind = (operands[0], left) if isinstance(left, Record) else (operands[1], right)
            self.problem(f"a plain value beside {operator}", node, kind, "name one of its fields")
            return
        if not _comparable(left, right):
            self.problem(
                f"{_called(left)} to compare with {written(operands[0])}",
                operands[1],
                right,
                "compare like with like",
            )
        elif operator in _COMPARISONS and not (_ordered(left) and _ordered(right)):
            node, kind = (operands[0], left) if not _ordered(left) else (operands[1], right)
            self.problem(f"numbers or texts beside {operator}", node, kind, "use == or !=")
        elif operator in ("==", "!="):
            self._words(left, operands[1])
            self._words(right, operands[0])

    def _one_of(self, item: Node, items: tuple[Node, ...], known: Known) -> Type:
        wanted = self.type_of(item, known)
        for node in items:
            kind = self.type_of(node, known)
            if _comparable(wanted, kind):
                self._words(wanted, node)
            else:
                self.problem(f"{_called(wanted)} in the list", node, kind, "compare like with like")
        return BOOLEAN

    def _membership(self, operands: tuple[Node, ...], types: list[Type]) -> Type:
        container = types[1]
        if isinstance(container, Plain) and container.sort is not Sort.ANYTHING:
            self.problem("a list after in", operands[1], container, 'write ["a", "b"]')
        return BOOLEAN

    def _words(self, kind: Type, node: Node) -> None:
        """A text that is compared with a known set of words must be one of them."""
        if not isinstance(kind, Plain) or kind.words is None:
            return
        if isinstance(node, Literal) and isinstance(node.value, str) and node.value not in kind.words:
            text = _unknown(kind.what, node.value, kind.words - {""}, "")
            if text not in self.verdict.problems:
                self.verdict.problems.append(text)

    def _arithmetic(self, operator: str, node: Node, types: list[Type]) -> Type:
        left, right = types
        if ANYTHING in (left, right):
            return left if right == ANYTHING else right
        sorts = {kind.sort if isinstance(kind, Plain) else None for kind in types}
        if sorts <= _NUMBERS:
            if len(sorts) == 2:
                remedy = "write double(…) around the whole number, or 1.0 for 1"
                self.problem(f"two numbers of one sort beside {operator}", node, FRACTION, remedy)
            return left
        lists = isinstance(left, ListType) and isinstance(right, ListType)
        if operator != "+" or not (sorts == {Sort.TEXT} or lists):
            self.problem(f"numbers beside {operator}", node, right, "calculate with numbers only")
            return ANYTHING
        return left

    def _arithmetic_operand(self, node: Node, kind: Type) -> None:
        if not (isinstance(kind, Plain) and kind.sort in (*_NUMBERS, Sort.ANYTHING)):
            self.problem("a number after -", node, kind, "calculate with numbers only")

    def _call(self, node: Call, known: Known) -> Type:
        name, target, arguments = node.function, node.target, node.arguments
        if name == "has" and target is None:
            inner = arguments[0] if arguments else node
            self.type_of(inner, known | _prefixes(inner))
            return BOOLEAN
        if name in COMPREHENSIONS and target is not None:
            return self._comprehension(node, target, known)
        given = (*(() if target is None else (target,)), *arguments)
        types = [self.type_of(argument, known) for argument in given]
        if name in _TEXT_TESTS and target is not None and len(given) == 2:
            for argument, kind in zip(given, types, strict=True):
                self._expect(argument, kind, Sort.TEXT, f"a text for {name}")
            return BOOLEAN
        if name == "size" and len(given) == 1:
            return WHOLE
        if name in _CONVERSIONS and len(given) == 1:
            return _CONVERSIONS[name]
        known_functions = [
            "has",
            "size",
            *sorted(_TEXT_TESTS),
            *sorted(_CONVERSIONS),
            *sorted(COMPREHENSIONS),
        ]
        text = _unknown("a function", name, known_functions, "")
        if text not in self.verdict.problems:
            self.verdict.problems.append(text)
        return ANYTHING

    def _comprehension(self, node: Call, target: Node, known: Known) -> Type:
        owner = self.type_of(target, known)
        variable, *rest = node.arguments
        item: Type = (
            TEXT if isinstance(owner, Record) else owner.item if isinstance(owner, ListType) else ANYTHING
        )
        inner = dict(self.context)
        if isinstance(variable, Name):
            inner[variable.name] = item
        walk = _Walk(inner, self.verdict)
        for argument in rest:
            walk.type_of(argument, known)
        return ListType(ANYTHING) if node.function in ("map", "filter") else BOOLEAN

    def _expect(self, node: Node, kind: Type, sort: Sort, what: str) -> None:
        if not _may_be(kind, sort):
            self.problem(f"{what} ({sort.value})", node, kind, "compare or convert it")


def _certain(node: Node, truth: bool) -> Known:
    """Paths that exist wherever ``node`` is true (or false)."""
    match node:
        case Operation(operator="!", operands=(inner,)):
            return _certain(inner, not truth)
        case Operation(operator="&&", operands=(left, right)) if truth:
            return _certain(left, True) | _certain(right, True)
        case Operation(operator="||", operands=(left, right)) if not truth:
            return _certain(left, False) | _certain(right, False)
        case Call(function="has", target=None, arguments=(inner,)) if truth:
            return _prefixes(inner)
        case Operation(operator="in", operands=(Literal(value=str(key)), owner)) if truth:
            path = dotted(owner)
            return frozenset() if path is None else frozenset({f"{path}.{key}"})
    return frozenset()


def _prefixes(node: Node) -> Known:
    path = dotted(node)
    return frozenset() if path is None else frozenset({path})


def _comparable(left: Type, right: Type) -> bool:
    if ANYTHING in (left, right):
        return True
    if not isinstance(left, Plain) or not isinstance(right, Plain):
        return isinstance(left, ListType) and isinstance(right, ListType)
    if NULL in (left, right):
        return left.nullable or right.nullable or left == right
    return left.sort is right.sort or {left.sort, right.sort} <= _NUMBERS


def _ordered(kind: Type) -> bool:
    return isinstance(kind, Plain) and kind.sort in (*_NUMBERS, Sort.TEXT, Sort.ANYTHING)


def _may_be(kind: Type, sort: Sort) -> bool:
    return isinstance(kind, Plain) and kind.sort in (sort, Sort.ANYTHING)


def _called(kind: Type) -> str:
    if isinstance(kind, ListType):
        return "a list"
    if isinstance(kind, Record):
        return f"with fields {_first(sorted(kind.members))}" if kind.members else "with fields of its own"
    return kind.sort.value


def _unknown(what: str, name: str, known: Collection[str], where: str) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    near = near or [one for one in sorted(known) if len(name) > 2 and name in one]
    declare = f", or declare it under {where}" if where else ""
    hint = f"did you mean {near[0]}?" if near else f"use one of {_first(sorted(known))}{declare}"
    return f'expected {what} that exists, got "{name}"; {hint}'


def _first(names: Iterable[str], most: int = 12) -> str:
    every = list(names)
    return (", ".join(every[:most]) or "(none)") + (", …" if len(every) > most else "")


def written(node: Node) -> str:
    """The node as its author may have written it, for messages."""
    path = dotted(node)
    if path is not None:
        return path
    match node:
        case Literal(value=value):
            return json.dumps(value, ensure_ascii=False)
        case Operation(operator=operator, operands=(left, right)):
            return f"{written(left)} {operator} {written(right)}"
        case Operation(operator=operator, operands=(one,)):
            return f"{operator}{written(one)}"
        case Call(function=function, target=target):
            return f"{function}(…)" if target is None else f"{written(target)}.{function}(…)"
        case Index(of=of):
            return f"{written(of)}[…]"
        case ListOf():
            return "[…]"
    return "…"
