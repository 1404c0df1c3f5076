"""What is wrong with a rule, in words for its author."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from models.domain.rules.rule_syntax import Call, Index, ListOf, Literal, Node, Operation, dotted
from models.domain.rules.rule_types import ListType, Record, Type


@dataclass(slots=True)
class Verdict:
    """What is wrong, and what may be missing when the rule runs."""

    problems: list[str] = field(default_factory=list)
    unguarded: list[str] = field(default_factory=list)

    def problem(self, expected: str, node: Node, kind: Type, remedy: str) -> None:
        """Add ``expected …, got …; …``."""
        self.add(f"expected {expected}, got {written(node)} ({called(kind)}); {remedy}")

    def add(self, text: str) -> None:
        """Add a problem, once."""
        if text not in self.problems:
            self.problems.append(text)

    def reads_unguarded(self, path: str) -> None:
        """Add a path that may be missing, once."""
        if path not in self.unguarded:
            self.unguarded.append(path)


def called(kind: Type) -> str:
    """What a type is called in messages."""
    if isinstance(kind, ListType):
        return "a list"
    if isinstance(kind, Record):
        return f"with fields {_first(sorted(kind.members))}" if kind.members else "with fields of its own"
    return kind.sort.value


def unknown(what: str, name: str, known: Collection[str], where: str) -> str:
    """The problem of a name that is not among the known ones."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    near = near or [longer for longer in sorted(known) if len(name) > 2 and name in longer]
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
