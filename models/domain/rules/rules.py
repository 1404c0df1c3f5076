"""Rules are CEL conditions, compiled once and evaluated many times.

Knows how to compile and evaluate a rule and which names it reads; knows nothing of policies or phases
(they decide what a rule means) nor which names exist (``models/journey_file`` checks that beforehand).

CEL (https://cel.dev) always terminates and cannot reach anything but the variables it is given. It does
not convert between whole numbers and fractions in arithmetic (``1 + 2.5`` fails; comparing is fine).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from models.domain.journey import Attribute, AttributeType
from models.domain.rules.cel_engine import Context, compile_program
from models.domain.rules.rule_cost import check_cost
from models.domain.rules.rule_functions import (
    RuleFunction,
    rule_function,
    rules_function,
    verdicts_function,
)
from models.domain.rules.rule_syntax import Node, parse_rule, read_paths
from models.errors import RuleError

MAX_RULE_LENGTH: Final = 2_000
"""Characters of one rule: longer ones belong into several policies, each with its own reason code."""

_NUMBER: Final = AttributeType.NUMBER  # looking up a member of an enum takes longer than the rest
_BOOLEAN: Final = AttributeType.BOOLEAN


class RuleContext:
    """The variables of one request.

    They are converted for CEL once, when a rule needs the engine. Not for several threads at once.

    Example:
        >>> context = RuleContext({"phase": {"name": "loyalty", "dwell_days": 3.5}})
        >>> Rule.compile("phase.dwell_days > 2").holds(context)
        True
    """

    __slots__ = ("_prepared", "variables")

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.variables = dict(variables)
        self._prepared: Any = None

    def set(self, name: str, value: Any) -> None:
        """Add or replace the variable ``name``."""
        self.variables[name] = value
        if self._prepared is not None:
            self._prepared.add_variable(name, value)

    def run(self, program: Any) -> Any:
        if self._prepared is None:
            self._prepared = Context(self.variables)
        return program.execute(self._prepared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A compiled condition.

    Attributes:
        source: as written in the journey file.
        names: the variables it reads, such as ``customer`` and ``phase``.
        paths: the members it reads, dotted, such as ``customer.attributes.roof_area_m2``; a member
            that is only known when it runs (``seen[x]``) ends its path there.
    """

    source: str
    names: frozenset[str]
    paths: frozenset[str]
    syntax: Node = field(repr=False, compare=False)
    _program: Any = field(repr=False, compare=False)
    _function: RuleFunction | None = field(repr=False, compare=False)

    @classmethod
    def compile(cls, source: str) -> Rule:
        """Compile one CEL expression.

        Raises:
            RuleError: it is empty, too long, may take too many steps, or is no valid expression.
        """
        if not source.strip():
            raise RuleError("a rule is empty; write a condition such as phase.dwell_days > 7")
        if len(source) > MAX_RULE_LENGTH:
            raise RuleError(
                f"a rule has {len(source)} characters, at most {MAX_RULE_LENGTH} are allowed; "
                "split it into several policies"
            )
        try:
            program = compile_program(source)
        except Exception as error:  # the engine's errors have no common class
            raise RuleError(f"rule {source!r} is no valid CEL expression: {_first_line(error)}") from error
        syntax = parse_rule(source)
        check_cost(syntax)
        paths = read_paths(syntax)
        names = frozenset(path.partition(".")[0] for path in paths)
        return cls(
            source=source,
            names=names,
            paths=paths,
            syntax=syntax,
            _program=program,
            _function=rule_function(source, syntax),
        )

    def holds(self, context: RuleContext) -> bool:
        """Whether the condition is true.

        Raises:
            RuleError: it failed (a name is missing, types do not fit) or did not give true or false.
        """
        if self._function is not None:
            try:
                return self._function(context.variables)
            except Exception:  # whatever Python makes of it, CEL judges
                return self.judge(context)
        return self.judge(context)

    def surely_holds(self, context: RuleContext) -> bool:
        """Whether it holds without asking the engine; false: it does not, or only ``holds`` can tell."""
        if self._function is None:
            return False
        try:
            return self._function(context.variables)
        except Exception:  # whatever Python makes of it, CEL judges
            return False

    def judge(self, context: RuleContext) -> bool:
        """The same by the CEL engine alone, which every other way of evaluating has to agree with."""
        try:
            result = context.run(self._program)
        except Exception as error:  # the engine's errors have no common class
            raise RuleError(f"rule {self.source!r} failed: {_reason(error)}") from error
        if result is True or result is False:
            return result
        raise RuleError(
            f"rule {self.source!r} gave {result!r}, expected true or false; compare the value with something"
        )


class RulesTogether:
    """Rules that are asked in one call whether all of them hold."""

    __slots__ = ("_function",)

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._function = rules_function([(rule.source, rule.syntax) for rule in rules])

    def surely_hold(self, context: RuleContext) -> bool:
        """Whether all hold without asking the engine; false: one does not, or only ``holds`` can tell."""
        if self._function is None:
            return False
        try:
            return self._function(context.variables)
        except Exception:  # whatever Python makes of it, each rule is asked by itself
            return False


class RulesEach:
    """Rules that are asked in one call, each for itself."""

    __slots__ = ("_function", "_rules")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._function = verdicts_function([(rule.source, rule.syntax) for rule in rules])

    def hold(self, variables: Mapping[str, Any]) -> tuple[bool, ...]:
        """Of each rule whether it holds.

        Raises:
            RuleError: one of them failed.
        """
        if self._function is not None:
            try:
                return self._function(variables)
            except Exception:  # noqa: S110 - whatever Python makes of it, each rule is asked by itself
                pass
        context = RuleContext(variables)
        return tuple([rule.holds(context) for rule in self._rules])


def rule_attributes(declared: tuple[Attribute, ...], attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The customer's attributes as rules see them: declared ones only, numbers as fractions.

    What is missing, null or of another type than declared is left out, so that ``has(...)`` is false.
    """
    seen: dict[str, Any] = {}
    for attribute in declared:
        value, kind = attributes.get(attribute.name), attribute.type
        if kind is _NUMBER:
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                seen[attribute.name] = float(value)
        elif kind is _BOOLEAN:
            if isinstance(value, bool):
                seen[attribute.name] = value
        elif isinstance(value, str):
            seen[attribute.name] = value
    return seen


def _first_line(error: Exception) -> str:
    """What the parser found and where, without its list of every token it could have read."""
    text = (str(error).partition("ERROR:")[2] or str(error)).strip()
    line = text.splitlines()[0].partition(" expecting ")[0]
    return re.sub(r"^<input>:1:(\d+): Syntax error: (.*)$", r"character \1: \2", line)


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"there is no {error.args[0]!r} here; guard it with has(...)"
    return str(error).splitlines()[0]
