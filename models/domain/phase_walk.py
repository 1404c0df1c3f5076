"""One customer's way through the phases.

What a decision asks: without the arrays of all moves that a ``PhaseTrace`` has. Knows rules and lapses; the
compiled kernel walks where it was built, Python where it was not or a rule has to be asked about an event.
"""

from __future__ import annotations

from array import array

import numpy as np

from models import kernel
from models.arrays import Codes, Ints
from models.domain.history import CONTACT, History, PhaseWalk
from models.domain.rules.phase_rules import ASK, PhaseRules


class OneWalk:
    """Walks with the rules and lapses of a journey file.

    Attributes:
        lapses: milliseconds until each phase lapses, and where to, as Python's numbers.
        shortest: milliseconds until the first of the phases lapses.
    """

    __slots__ = ("_after", "_rules", "_to", "lapses", "shortest")

    def __init__(self, rules: PhaseRules, after: Ints, to: Codes) -> None:
        """``after``, ``to``: shape (P,). Milliseconds until each phase lapses, and where to."""
        self._rules = rules
        self._after = after
        self._to = to.astype(np.int64)
        self.lapses = after.tolist(), to.tolist()
        self.shortest = int(after.min())

    def stand(self, history: History, end: int, instant: int) -> PhaseWalk:
        """As ``walk``, with what lapses before the moment applied."""
        walk = self.walk(history, end, instant)
        if not end and history.folded is None:
            return walk
        phase, before, last_but_one, since, entered, active, opened, reached = walk
        after, to = self.lapses
        anchor = max(active, since)
        if anchor + after[phase] >= instant:
            return walk
        while anchor + after[phase] < instant:
            anchor += after[phase]
            phase, before, last_but_one, since, entered = to[phase], phase, before, anchor, entered + 1
            reached |= 1 << phase
        return PhaseWalk(phase, before, last_but_one, since, entered, active, opened, reached)

    def phases_at(self, history: History, ends: Ints, instants: Ints) -> Ints:
        """The phases that ``stand`` gives at ascending moments, shape (m,); something happened before them.

        Args:
            ends: shape (m,). First events that are not before the moments ``instants``, shape (m,).
        """
        folded, found = history.folded, np.empty(len(ends), dtype=np.int64)
        if kernel.native is not None and history.walked is None:
            sorts, table = self._rules.sorts_of(history)
            opened = 0 if folded is not None else int(history.occurred_at[0])
            walk = PhaseWalk(0, -1, -1, opened, 0, opened, opened) if folded is None else folded.walk
            if kernel.native.phases_at(
                sorts, table.row, table.matrix, history.occurred_at, history.kind, history.phase, self._after,
                self._to, self.shortest, array("q", walk), ends, instants, found,
            ):  # fmt: skip
                return found
        for at, (end, instant) in enumerate(zip(ends.tolist(), instants.tolist(), strict=True)):
            found[at] = self.stand(history, end, instant).phase
        return found

    def place(
        self,
        history: History,
        instant: int,
        windows_ms: Ints,
        stated: int,
        ends: Ints,
        phases: Codes,
        moves: Ints,
    ) -> bool:
        """Write where the only customer stands at a moment, and where windows before it begin.

        False: nobody knows it without going on from what is known before, or asking a rule.

        Args:
            stated: the phase that the caller says; -1: take it from the history.
            ends, phases, moves: where to write, shapes (w,), (3,) and (3,): the first events that are not
                before; the present phase and the two before it; since when, number of moves, phases reached.
        """
        if kernel.native is None or history.folded is not None or history.walked is not None:
            return False
        sorts, table = self._rules.sorts_of(history)
        placed: bool = kernel.native.place_one(
            sorts, table.row, table.matrix, history.occurred_at, history.kind, history.phase, self._after,
            self._to, self.shortest, windows_ms, instant, stated, ends, phases, moves,
        )  # fmt: skip
        return placed

    def walk(self, history: History, end: int, instant: int) -> PhaseWalk:
        """Where the only customer stands right after the events before ``end``.

        Goes on from what was folded. ``instant``: what counts as the beginning if there is no event.
        """
        opened = int(history.occurred_at[0]) if end else instant  # of an own activity, or where all began
        begin, walk = 0, PhaseWalk(0, -1, -1, opened, 0, opened, opened)
        if history.walked is not None and history.walked[0] <= end:
            begin, walk = history.walked
        elif history.folded is not None:
            walk = history.folded.walk
        if kernel.native is not None:
            return self._compiled(history, begin, end, walk)
        return self._event_by_event(history, begin, end, walk)

    def _compiled(self, history: History, begin: int, end: int, walk: PhaseWalk) -> PhaseWalk:
        """As ``_event_by_event``, by the compiled kernel as far as it knows the sorts of events."""
        sorts, table = self._rules.sorts_of(history, begin, end)
        columns = (history.occurred_at, history.kind, history.phase)
        if begin or end < history.n_events:
            columns = tuple(column[begin:end] for column in columns)  # type: ignore[assignment]
        state, done, last = array("q", walk), 0, end - begin
        while True:
            done = kernel.native.walk_phases(
                sorts, table.row, table.matrix, *columns, self._after, self._to, self.shortest, done,
                last, state,
            )  # fmt: skip
            if done == last:
                return PhaseWalk(*state)
            if table.row[sorts[done]] < 0:
                self._rules.look_up(table, history, sorts, begin)
                continue
            event = begin + done
            state = array("q", self._event_by_event(history, event, event + 1, PhaseWalk(*state)))
            done += 1

    def _event_by_event(self, history: History, begin: int, end: int, walk: PhaseWalk) -> PhaseWalk:
        """On from ``walk``, through the events from ``begin`` up to ``end``."""
        after, to = self.lapses
        phase, before, last_but_one, since, entered, active, opened, reached = walk
        row, moves = self._rules.moves_of(history, begin, end)

        def move(to_phase: int, at: int) -> None:
            nonlocal phase, before, last_but_one, since, entered, reached
            phase, before, last_but_one, since, entered = to_phase, phase, before, at, entered + 1
            reached |= 1 << to_phase

        told = (column[begin:end] for column in (history.occurred_at, history.kind, history.phase))
        events = zip(row.tolist(), *(column.tolist() for column in told), strict=True)
        for event, (sort, at, kind, stated) in enumerate(events, start=begin):
            silent = kind != CONTACT and at - active > self.shortest
            if sort > 0 or stated >= 0 or silent:
                due = max(active, since) + after[phase]
                while due < at:
                    move(to[phase], due)
                    due = since + after[phase]
                new = stated if stated >= 0 else moves[sort][phase]
                if new == ASK:
                    new = self._rules.ask(history, event, phase)
                if new != phase:
                    move(new, at)
            if kind != CONTACT:
                active = at
        return PhaseWalk(phase, before, last_but_one, since, entered, active, opened, reached)
