"""Phase rules as tables: which event moves a customer where.

Most rules read only what an event is (kind, channel, touchpoint, action), and there are few distinct
events of that sort in millions: each is asked once per phase and the answer kept. Rules that read an
event's value or properties are asked per event, and only where their touchpoint fits.

Knows rules and codes; knows nothing of time (see ``models/domain/phases.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import AnyInts, Codes, Ints
from models.domain.history import History
from models.domain.interaction import Kind
from models.domain.journey import Journey, PhaseRule
from models.domain.past.details import EVERYTHING
from models.domain.rules.rule_syntax import Literal, Member, Name, Node, Operation
from models.domain.rules.rules import Rule, RuleContext

ASK: Final = -1
"""In a row of moves: this event's value or properties decide, so ask the rules."""

_SORT_FIELDS: Final = ("touchpoint", "kind", "channel", "action")
_KINDS: Final = {kind: kind.name.lower() for kind in Kind}
_MAX_KEPT: Final = 64
_MAX_ANSWERS: Final = 100_000

Moves = tuple[int, ...]  # phase → phase after the event, or ASK


@dataclass(frozen=True, slots=True)
class _Compiled:
    rule: Rule
    to: int
    from_phases: frozenset[int]
    per_event: bool  # reads value, properties or the interaction as a whole
    touchpoint: str | None  # holds for no other, as far as its syntax tells


@dataclass(slots=True)
class MoveTable:
    """Answers for one list of touchpoint names.

    It is filled as sorts of events turn up. ``row``: shape (n_sorts,), int32. Sort of event → position in
    ``moves``; 0 moves nobody, -1 not asked yet. ``matrix``: ``moves`` as the compiled kernel reads them.
    """

    row: Codes
    moves: list[Moves]
    matrix: Ints


class PhaseRules:
    """The compiled rules; tables of answers are kept between calls."""

    __slots__ = (
        "_answers",
        "_fields",
        "_journey",
        "_latest",
        "_lock",
        "_rules",
        "_sizes",
        "_stay",
        "_tables",
        "asks_each_event",
        "properties_read",
    )

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        self._rules = tuple(_compile(journey, rule) for rule in journey.phase_rules)
        read = frozenset().union(*(_fields_read(each.rule) for each in self._rules))
        self._fields = tuple(field for field in _SORT_FIELDS if field in read)
        self.asks_each_event = any(each.per_event for each in self._rules)
        self.properties_read = frozenset().union(*(_properties_read(each.rule) for each in self._rules))
        self._sizes = {
            "kind": len(Kind),
            "channel": len(journey.channels) + 1,
            "action": len(journey.actions) + 1,
        }
        self._stay: Moves = tuple(range(len(journey.phases)))
        self._answers: dict[tuple[Any, ...], Moves] = {}
        self._tables: dict[tuple[str, ...], MoveTable] = {}
        self._latest: tuple[tuple[str, ...] | None, MoveTable] = None, self._new_table(0)
        self._lock = Lock()

    def moves_of(
        self, history: History, first: int = 0, last: int | None = None
    ) -> tuple[Codes, list[Moves]]:
        """Per event from ``first`` up to ``last`` a position in the list of moves.

        Position 0 is what moves nobody.
        """
        sorts, table = self.sorts_of(history, first, last)
        row = table.row[sorts]
        if row.size and row.min() < 0:
            self.look_up(table, history, sorts, first)
            row = table.row[sorts]
        return row, table.moves

    def sorts_of(
        self, history: History, first: int = 0, last: int | None = None
    ) -> tuple[AnyInts, MoveTable]:
        """Each event's sort, and the table of what is known of sorts."""
        sorts, sizes = self._sorts(history, slice(first, last))
        known_of, table = self._latest
        if known_of is not history.touchpoints:  # most share theirs, and the hash of so many names takes long
            table = self._table(history.touchpoints, sizes)
            self._latest = history.touchpoints, table
        return sorts, table

    def look_up(self, table: MoveTable, history: History, sorts: AnyInts, first: int) -> None:
        """Ask the rules about sorts that are not known yet; ``first``: the event of the first one."""
        with self._lock:
            self._fill(table, history, sorts, table.row[sorts], first)

    def ask(self, history: History, event: int, phase: int) -> int:
        """The phase after one event, with its value and properties."""
        kind = int(history.kind[event])
        touchpoint = history.touchpoints[history.touchpoint[event]]
        interaction = {
            **self._interaction(kind, touchpoint, int(history.channel[event]), int(history.action[event])),
            "value": int(history.value_cents[event]) / 100,
            "properties": {} if history.properties is None else dict(history.properties[event]),
        }
        context = RuleContext({"interaction": interaction, "phase": self._journey.phases[phase].name})
        for each in self._rules:
            if _may_hold(each, touchpoint, phase) and each.rule.holds(context):
                return each.to
        return phase

    def _sorts(self, history: History, events: slice) -> tuple[AnyInts, list[int]]:
        """One number per event for all that the rules read of its sort."""
        if self._fields == ("touchpoint",):
            return history.touchpoint[events], [len(history.touchpoints)]
        sizes = self._sizes | {"touchpoint": len(history.touchpoints)}
        sorts = np.zeros(len(history.kind[events]), dtype=np.int64)
        for field in self._fields:
            sorts *= sizes[field]
            sorts += getattr(history, field)[events]
            if field in ("channel", "action"):
                sorts += 1
        return sorts, [sizes[field] for field in self._fields]

    def _table(self, touchpoints: tuple[str, ...], sizes: list[int]) -> MoveTable:
        table = self._tables.get(touchpoints)
        if table is None:
            if len(self._tables) >= _MAX_KEPT:
                self._tables.clear()
            table = self._tables[touchpoints] = self._new_table(int(np.prod(sizes, dtype=np.int64)))
        return table

    def _new_table(self, n_sorts: int) -> MoveTable:
        return MoveTable(
            row=np.full(n_sorts, -1, dtype=np.int32), moves=[self._stay], matrix=np.array([self._stay])
        )

    def _fill(self, table: MoveTable, history: History, sorts: NDArray[Any], row: Codes, begin: int) -> None:
        """Ask what is not known yet; ``begin``: the event of the first sort."""
        unknown = np.flatnonzero(row < 0)
        distinct, first = np.unique(sorts[unknown], return_index=True)
        rows: dict[int, int] = {}
        for sort, event in zip(distinct.tolist(), (unknown[first] + begin).tolist(), strict=True):
            moves = self._answer(
                int(history.kind[event]) if "kind" in self._fields else 0,
                history.touchpoints[history.touchpoint[event]] if "touchpoint" in self._fields else "",
                int(history.channel[event]) if "channel" in self._fields else -1,
                int(history.action[event]) if "action" in self._fields else -1,
            )
            rows[sort] = 0
            if moves != self._stay:
                table.moves.append(moves)
                rows[sort] = len(table.moves) - 1
        table.matrix = np.array(table.moves)  # before the rows that point into it
        table.row[list(rows)] = list(rows.values())

    def _answer(self, kind: int, touchpoint: str, channel: int, action: int) -> Moves:
        key = (kind, touchpoint, channel, action)
        moves = self._answers.get(key)
        if moves is None:
            if len(self._answers) >= _MAX_ANSWERS:
                self._answers.clear()
            interaction = self._interaction(kind, touchpoint, channel, action)
            moves = tuple(self._move(interaction, touchpoint, phase) for phase in self._stay)
            self._answers[key] = moves
        return moves

    def _move(self, interaction: dict[str, Any], touchpoint: str, phase: int) -> int:
        context = RuleContext({"interaction": interaction, "phase": self._journey.phases[phase].name})
        for each in self._rules:
            if not _may_hold(each, touchpoint, phase):
                continue
            if each.per_event:
                return ASK
            if each.rule.holds(context):
                return each.to
        return phase

    def _interaction(self, kind: int, touchpoint: str, channel: int, action: int) -> dict[str, Any]:
        return {
            "kind": _KINDS[Kind(kind)],
            "touchpoint": touchpoint,
            "channel": None if channel < 0 else self._journey.channels[channel].name,
            "action": None if action < 0 else self._journey.actions[action].name,
        }


def _compile(journey: Journey, rule: PhaseRule) -> _Compiled:
    compiled = Rule.compile(rule.when)
    return _Compiled(
        rule=compiled,
        to=journey.phase_index[rule.to],
        from_phases=frozenset(journey.phase_index[name] for name in rule.from_phases),
        per_event=bool(_fields_read(compiled) & {"value", "properties"}),
        touchpoint=_only_touchpoint(compiled.syntax),
    )


def _fields_read(rule: Rule) -> frozenset[str]:
    """Members of ``interaction`` that the rule reads.

    All of them if it reads it as a whole.
    """
    if "interaction" in rule.paths:
        return frozenset({*_SORT_FIELDS, "value", "properties"})
    parts = (path.split(".") for path in rule.paths)
    return frozenset(part[1] for part in parts if part[0] == "interaction")


def _properties_read(rule: Rule) -> frozenset[str]:
    """Names of properties that the rule reads; ``EVERYTHING`` if it reads them as a whole."""
    whole = {"interaction", "interaction.properties"} & rule.paths
    named = "interaction.properties."
    names = (path.removeprefix(named).partition(".")[0] for path in rule.paths if path.startswith(named))
    return EVERYTHING if whole else frozenset(names)


def _only_touchpoint(syntax: Node) -> str | None:
    """``x`` if the rule is ``interaction.touchpoint == "x"``, alone or joined with others by ``&&``."""
    match syntax:
        case Operation(
            operator="==", operands=(Member(of=Name("interaction"), name="touchpoint"), Literal(str(x)))
        ):
            return x
        case Operation(operator="&&", operands=operands):
            return next(filter(None, map(_only_touchpoint, operands)), None)
    return None


def _may_hold(each: _Compiled, touchpoint: str, phase: int) -> bool:
    fits = not each.from_phases or phase in each.from_phases
    return fits and each.touchpoint in (None, touchpoint)
