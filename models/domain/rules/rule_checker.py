"""Rules are checked for names and types before any customer comes.

Walks the syntax tree with the types of a context. Finds what running a rule on samples misses: a
misspelt phase (simply never equal), the branch that ``||`` skipped, a number compared with a word, an
attribute that some customers lack and that no ``has(...)`` guards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from models.domain.rules.rule_comparisons import (
    COMPARISONS,
    arithmetic,
    arithmetic_operand,
    comparable,
    comparison,
    either,
    expect,
    may_be,
    membership,
    words,
)
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
    Record,
    Sort,
    Type,
)
from models.domain.rules.rule_verdict import Verdict, called, unknown

_LITERALS: Final = {bool: BOOLEAN, int: WHOLE, float: FRACTION, str: TEXT, type(None): NULL}
_TEXT_TESTS: Final = frozenset({"startsWith", "endsWith", "contains", "matches"})
_CONVERSIONS: Final = {"int": WHOLE, "double": FRACTION, "string": TEXT}

Known = frozenset[str]
"""Paths that are certainly there, because a ``has(...)`` said so on the way."""


def check_rule(syntax: Node, context: Mapping[str, Type]) -> Verdict:
    """Check one rule against the context that it will run in.

    Returns:
        ``problems``: texts ``expected …, got …; …`` for names, types and words that cannot be right.
        ``unguarded``: paths of optional members that are read without a ``has(...)`` that holds there.
    """
    walk = _Walk(context)
    result = walk.type_of(syntax, frozenset())
    if not may_be(result, Sort.BOOLEAN):
        walk.verdict.problem("a condition that is true or false", syntax, result, "compare it with something")
    return walk.verdict


@dataclass(slots=True)
class _Walk:
    """One method a kind of node, each from the node to its type."""

    context: Mapping[str, Type]
    verdict: Verdict = field(default_factory=Verdict)

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
        self.verdict.add(unknown("a variable", name, self.context, ""))
        return ANYTHING

    def _member(self, node: Node, of: Node, name: str, known: Known) -> Type:
        owner = self.type_of(of, known)
        if owner == ANYTHING:
            return ANYTHING
        if not isinstance(owner, Record):
            self.verdict.problem(f"something with fields before .{name}", of, owner, "leave the field out")
            return ANYTHING
        path = dotted(node)
        if name not in owner.members and not owner.open:
            self.verdict.add(f"{path or name}: {unknown(owner.what, name, owner.members, owner.where)}")
            return ANYTHING
        if owner.may_lack(name) and path is not None and path not in known:
            self.verdict.reads_unguarded(path)
        return owner.members.get(name, ANYTHING)

    def _index(self, node: Node, of: Node, key: Node, known: Known) -> Type:
        owner = self.type_of(of, known)
        index = self.type_of(key, known)
        if isinstance(owner, ListType):
            expect(self.verdict, key, index, Sort.WHOLE, "a position")
            return owner.item
        if isinstance(owner, Record):
            expect(self.verdict, key, index, Sort.TEXT, "a name")
            return next(iter(owner.members.values()), ANYTHING)
        if owner != ANYTHING:
            self.verdict.problem("a list or something with fields before [", of, owner, "leave the index out")
        return ANYTHING

    def _operation(self, node: Operation, known: Known) -> Type:
        operator, operands = node.operator, node.operands
        if operator in ("&&", "||"):
            return self._logic(operator, operands, known)
        if operator == "?:":
            condition, yes, no = operands
            expect(self.verdict, condition, self.type_of(condition, known), Sort.BOOLEAN, "a condition")
            return either(
                self.verdict,
                no,
                self.type_of(yes, known | _certain(condition, True)),
                self.type_of(no, known | _certain(condition, False)),
            )
        if operator == "in" and isinstance(operands[1], ListOf):
            return self._one_of(operands[0], operands[1].items, known)
        types = [self.type_of(operand, known) for operand in operands]
        if operator == "!":
            expect(self.verdict, operands[0], types[0], Sort.BOOLEAN, "a condition")
            return BOOLEAN
        if len(operands) == 1:
            arithmetic_operand(self.verdict, operands[0], types[0])
            return types[0]
        if operator == "in":
            return membership(self.verdict, operands, types)
        if operator in ("==", "!=") or operator in COMPARISONS:
            comparison(self.verdict, operator, operands, types)
            return BOOLEAN
        return arithmetic(self.verdict, operator, node, types)

    def _logic(self, operator: str, operands: tuple[Node, ...], known: Known) -> Type:
        """One side runs where the other was true (``&&``) or false (``||``).

        CEL takes either order.
        """
        left, right = operands
        truth = operator == "&&"
        for operand, other in ((left, right), (right, left)):
            kind = self.type_of(operand, known | _certain(other, truth))
            expect(self.verdict, operand, kind, Sort.BOOLEAN, "a condition")
        return BOOLEAN

    def _one_of(self, item: Node, items: tuple[Node, ...], known: Known) -> Type:
        wanted = self.type_of(item, known)
        for node in items:
            kind = self.type_of(node, known)
            if comparable(wanted, kind):
                words(self.verdict, wanted, node)
            else:
                self.verdict.problem(f"{called(wanted)} in the list", node, kind, "compare like with like")
        return BOOLEAN

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
                expect(self.verdict, argument, kind, Sort.TEXT, f"a text for {name}")
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
        self.verdict.add(unknown("a function", name, known_functions, ""))
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
