"""CEL text is parsed into a small tree.

The CEL engine evaluates; it does not show its tree, and it finds a misspelt name or a comparison of a
number with a word only when it happens to run into it, or never (``phase.name == "loyalti"`` is simply
false). This parser reads the same language as https://github.com/google/cel-spec (doc/langdef.md), apart
from message literals, bytes and unsigned numbers, which no rule needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from models.errors import RuleError


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: text, whole number, fraction, true, false or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """``of.name``, or ``of["name"]`` with a constant text."""

    of: Node
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """``of[key]`` with a key that is computed."""

    of: Node
    key: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function, method or macro such as ``has``.

    ``target`` is what stands before the dot of a method.
    """

    function: str
    target: Node | None
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """``!``, ``-``, a comparison, arithmetic, ``in``, ``&&``, ``||`` or ``?:``."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapOf:
    """``{key: value}``."""

    keys: tuple[Node, ...]
    values: tuple[Node, ...]


Node = Literal | Name | Member | Index | Call | Operation | ListOf | MapOf

COMPREHENSIONS: Final = frozenset({"all", "exists", "exists_one", "map", "filter"})
"""Macros whose first argument is a variable of their own."""

_MAX_DEPTH: Final = 100
_MAX_TREE_DEPTH: Final = 200
"""Chains such as ``a && b && …`` grow the tree without brackets; walking it needs a few frames a level."""
_LEVELS: Final = (
    ("||",),
    ("&&",),
    ("==", "!=", "<=", ">=", "<", ">", "in"),
    ("+", "-"),
    ("*", "/", "%"),
)
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
      | (?P<number>(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?|0[xX][0-9a-fA-F]+|\d+))
      | (?P<text>[rR]?(?:\"\"\".*?\"\"\"|'''.*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
      | (?P<name>[A-Za-z_]\w*)
      | (?P<symbol>\|\||&&|==|!=|<=|>=|[<>+\-*/%!?:.,()\[\]{}])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}
_CONSTANTS: Final = {"true": True, "false": False, "null": None}


def parse_rule(source: str) -> Node:
    """The tree of one rule.

    Raises:
        RuleError: not an expression of the part of CEL that rules may use.

    Example:
        >>> parse_rule("phase.dwell_days > 7")
        Operation(operator='>', operands=(Member(of=Name(name='phase'), name='dwell_days'), Literal(value=7)))
    """
    return _Parser(source).whole()


def read_paths(node: Node) -> frozenset[str]:
    """Dotted paths of what the tree reads.

    Variables of a macro are not among them.
    """
    return frozenset(_paths(node, frozenset()))


def dotted(node: Node) -> str | None:
    """``a.b.c`` if the node is a variable and members of it, else None."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Member):
        head = dotted(node.of)
        return None if head is None else f"{head}.{node.name}"
    return None


def _paths(node: Node, bound: frozenset[str]) -> Iterator[str]:
    path = dotted(node)
    if path is not None:
        if path.partition(".")[0] not in bound:
            yield path
        return
    if isinstance(node, Call) and node.function in COMPREHENSIONS and node.target is not None:
        yield from _paths(node.target, bound)
        variable, *rest = node.arguments or (Literal(None),)
        inner = bound | {variable.name} if isinstance(variable, Name) else bound
        for argument in rest:
            yield from _paths(argument, inner)
        return
    for child in children(node):
        yield from _paths(child, bound)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case Member(of=of):
            return (of,)
        case Index(of=of, key=key):
            return (of, key)
        case Call(target=target, arguments=arguments):
            return arguments if target is None else (target, *arguments)
        case Operation(operands=operands):
            return operands
        case ListOf(items=items):
            return items
        case MapOf(keys=keys, values=values):
            return (*keys, *values)
    return ()


def _depth(node: Node) -> int:
    """Levels of the tree, counted without recursion."""
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        current, level = waiting.pop()
        deepest = max(deepest, level)
        waiting += [(child, level + 1) for child in children(current)]
    return deepest


class _Parser:
    """Recursive descent, one method a level of binding."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = _tokens(source)
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._expression()
        if self._at < len(self._tokens):
            raise self._unexpected("the end")
        if _depth(node) > _MAX_TREE_DEPTH:
            raise self._too_deep()
        return node

    def _too_deep(self) -> RuleError:
        return RuleError(f"rule {self._source[:60]!r}… is nested too deeply; split it into several policies")

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._too_deep()
        condition = self._binary(0)
        if self._take("?"):
            yes = self._binary(0)
            self._expect(":")
            condition = Operation("?:", (condition, yes, self._expression()))
        self._depth -= 1
        return condition

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while operator := self._take(*_LEVELS[level]):
            left = Operation(operator, (left, self._binary(level + 1)))
        return left

    def _unary(self) -> Node:
        signs = []
        while sign := self._take("!", "-"):
            signs.append(sign)
        node = self._member()
        for sign in reversed(signs):
            node = Operation(sign, (node,))
        return node

    def _member(self) -> Node:
        node = self._primary()
        while symbol := self._take(".", "["):
            if symbol == "[":
                key = self._expression()
                self._expect("]")
                text = key.value if isinstance(key, Literal) and isinstance(key.value, str) else None
                node = Index(node, key) if text is None else Member(node, text)
                continue
            name = self._name()
            node = Call(name, node, self._items(")")) if self._take("(") else Member(node, name)
        return node

    def _primary(self) -> Node:
        if self._take("("):
            node = self._expression()
            self._expect(")")
            return node
        if self._take("["):
            return ListOf(self._items("]"))
        if self._take("{"):
            return self._map()
        kind, text = self._peek()
        if kind == "number":
            self._at += 1
            return Literal(_number(text))
        if kind == "text":
            self._at += 1
            return Literal(_text(text))
        name = self._name()
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name])
        return Call(name, None, self._items(")")) if self._take("(") else Name(name)

    def _items(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._take(end):
            items.append(self._expression())
            if not self._take(","):
                self._expect(end)
                break
        return tuple(items)

    def _map(self) -> MapOf:
        keys: list[Node] = []
        values: list[Node] = []
        while not self._take("}"):
            keys.append(self._expression())
            self._expect(":")
            values.append(self._expression())
            if not self._take(","):
                self._expect("}")
                break
        return MapOf(tuple(keys), tuple(values))

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self, *symbols: str) -> str | None:
        kind, text = self._peek()
        if text in symbols and (kind == "symbol" or text == "in"):
            self._at += 1
            return text
        return None

    def _expect(self, symbol: str) -> None:
        if self._take(symbol) is None:
            raise self._unexpected(repr(symbol))

    def _name(self) -> str:
        kind, text = self._peek()
        if kind != "name" or text == "in":
            raise self._unexpected("a name")
        self._at += 1
        return text

    def _unexpected(self, wanted: str) -> RuleError:
        found = repr(self._peek()[1]) if self._at < len(self._tokens) else "the end"
        return RuleError(f"rule {self._source!r}: expected {wanted}, got {found}")


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None or match.lastgroup is None:
            raise RuleError(f"rule {source!r}: {source[at]!r} cannot stand here")
        if match.lastgroup != "space":
            tokens.append((match.lastgroup, match.group()))
        at = match.end()
    return tokens


def _number(text: str) -> int | float:
    if text[:2].lower() == "0x":
        return int(text, 16)
    return float(text) if re.search(r"[.eE]", text) else int(text)


def _text(quoted: str) -> str:
    raw = quoted[0] in "rR"
    body = quoted[1:] if raw else quoted
    fence = 3 if body[:3] in ('"""', "'''") else 1
    inner = body[fence:-fence]
    return inner if raw else re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), inner, flags=re.DOTALL)
