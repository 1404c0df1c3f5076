"""Phases are a pure function of history and journey file.

A customer begins in the journey's first phase. Each event may move them: a phase that the source states
wins, else the first phase rule that holds. Without activity of their own for a phase's ``after_days``
they lapse to its ``to``, and from there on if that phase lapses too: the loop closes itself.

Knows histories and the journey file; knows nothing of learned numbers. ``PhaseMachine`` reads a history
once; the ``PhaseTrace`` then answers for any number of moments at once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import AnyInts, Codes, Ints, Mask
from models.domain.history import CONTACT, DAY_MS, History, PhaseWalk
from models.domain.journey import Journey
from models.domain.phase_walk import OneWalk
from models.domain.rules.phase_rules import ASK, PhaseRules
from models.errors import JourneyFileError

NEVER_MS: Final = 2**61
"""Added to any real instant it stays within int64, and later than all of them."""

_BACK: Final = np.arange(3)
_BLOCK: Final = 262_144  # events handled as Python numbers at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStates:
    """Where customers stand at moments.

    Attributes:
        phase: shape (n,), int32. Position in ``journey.phases``.
        since: shape (n,), int64. Milliseconds; the first event while they are where all begin, the
            moment itself if there is none.
        lags: shape (n, 2), int32. The phases before, last first; -1 none.
        entered: shape (n,), int64. How often they moved, lapses included.
        anchor: shape (n,), int64. Last own activity or move, from which a lapse counts.
        seen: shape (n,), bool. Whether there was any event; without one nothing lapses.
        reached: shape (n,), int64. A bit for each phase that they were in; bit 0 always is set.
    """

    phase: Codes
    since: Ints
    lags: Codes
    entered: Ints
    anchor: Ints
    seen: Mask
    reached: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseEntries:
    """All moves up to each customer's last event, by customer and time.

    ``event`` is the index of the event that moved them, -1 for a lapse.
    """

    customer: Ints
    instant: Ints
    phase: Codes
    event: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseTrace:
    """The moves of every customer of a history.

    Place 0 of the move arrays is where all begin, in the first phase; move number k lies at k + 1.

    Attributes:
        position: shape (k + 1,), int64. The event that moved, or before which the lapse fell; ascending.
        instant: shape (k + 1,), int64. Milliseconds.
        phase: shape (k + 1,), int32.
        lapsed: shape (k + 1,), bool.
        last_activity: shape (n_events + 1,), int64. Place e: the latest event before e that is the
            customer's own activity, of whichever customer; -1 none.
        lapse_after: shape (n_phases,), int64. Milliseconds; ``NEVER_MS``: this phase does not lapse.
        lapse_to: shape (n_phases,), int32.
    """

    history: History
    position: Ints
    instant: Ints
    phase: Codes
    lapsed: Mask
    last_activity: Ints
    lapse_after: Ints
    lapse_to: Codes

    def at(self, customer: AnyInts, end: Ints, instant: Ints) -> tuple[Codes, Ints]:
        """Phase and since when, knowing the events before ``end`` and lapses before ``instant``.

        Args:
            customer: shape (n,). Positions in the history.
            end: shape (n,). ``history.ends(customer, instant)``.
            instant: shape (n,). Milliseconds since 1970 UTC.

        Returns:
            phase, shape (n,), int32; since, shape (n,), int64.
        """
        states = self.states(customer, end, instant)
        return states.phase, states.since

    def states(self, customer: AnyInts, end: Ints, instant: Ints) -> PhaseStates:
        """As ``at``, with the phases before and the number of moves."""
        return self._lapse(self._after_events(customer, end, instant), instant)

    def next_entry(self, customer: AnyInts, end: Ints, instant: Ints) -> tuple[Codes, Ints]:
        """The first move that ``at(customer, end, instant)`` does not know of.

        After a customer's last event only lapses can follow: the caller, who knows where observation
        ended, drops those that lie beyond it.

        Returns:
            phase, shape (n,), int32, and instant, shape (n,), int64; both -1 if nothing follows.
        """
        move = self.position.searchsorted(end)
        stop = self.position.searchsorted(self.history.start[customer + 1])
        instants = np.append(self.instant, NEVER_MS)
        lapsed = np.append(self.lapsed, False)
        while bool((known := (move < stop) & lapsed[move] & (instants[move] < instant)).any()):
            move = move + known
        recorded = move < stop
        phase, at = self._next_lapse(customer, instant)
        return (
            np.where(recorded, np.append(self.phase, np.int32(-1))[move], phase).astype(np.int32),
            np.where(recorded, instants[move], at),
        )

    def entries(self) -> PhaseEntries:
        """All moves up to each customer's last event."""
        position = self.position[1:]
        return PhaseEntries(
            customer=self.history.start.searchsorted(position, side="right") - 1,
            instant=self.instant[1:],
            phase=self.phase[1:],
            event=np.where(self.lapsed[1:], -1, position),
        )

    def _after_events(self, customer: AnyInts, end: Ints, instant: Ints) -> PhaseStates:
        """Right after the last event before ``end``, what lapses afterwards not yet applied."""
        seen, move, entered, since, anchor = self._moved(customer, end, instant)
        phases = self._phases(move, entered)
        return PhaseStates(
            phase=phases[:, 0], since=since, lags=phases[:, 1:], entered=entered, anchor=anchor, seen=seen,
            reached=self._reached(move, entered),
        )  # fmt: skip

    def _moved(self, customer: AnyInts, end: Ints, instant: Ints) -> tuple[Mask, Ints, Ints, Ints, Ints]:
        """Whether there was an event, the last move, the number of moves, since when, and the anchor."""
        times = self.history.occurred_at if self.history.n_events else np.zeros(1, dtype=np.int64)
        first = self.history.start[customer]
        seen = end > first
        move = self.position.searchsorted(end) - 1
        entered = move - self.position.searchsorted(first) + 1
        opened = np.where(seen, times.take(first, mode="clip"), instant)
        since = np.where(entered > 0, self.instant[move], opened)
        active = self.last_activity[end]
        acted = np.maximum(since, times.take(active, mode="clip"))
        return seen, move, entered, since, np.where(active >= first, acted, since)

    def phase_at(self, customer: AnyInts, end: Ints, instant: Ints) -> Codes:
        """As ``at``, the phase alone, without a look at all moves of the history."""
        seen, move, entered, _, anchor = self._moved(customer, end, instant)
        phase = self.phase[np.where(entered > 0, move, 0)]
        while (lapses := seen & (anchor + self.lapse_after[phase] < instant)).any():
            anchor = np.where(lapses, anchor + self.lapse_after[phase], anchor)
            phase = np.where(lapses, self.lapse_to[phase], phase)
        return phase

    def _reached(self, move: Ints, entered: Ints) -> Ints:
        """Shape (n,): a bit for each phase that the last ``entered`` moves led to, and for the first."""
        reached = np.ones(len(move), dtype=np.int64)
        places = np.arange(len(self.phase))
        for code in range(1, int(self.phase.max(initial=0)) + 1):
            latest = np.maximum.accumulate(np.where(self.phase == code, places, -1))
            reached |= (latest[move] > move - entered).astype(np.int64) << code
        return reached

    def _phases(self, move: Ints, entered: Ints) -> Codes:
        """Shape (n, 3): the phase now, one and two moves ago.

        -1 before all began in the first.
        """
        moves_left = entered[:, None] - _BACK
        phases = self.phase[np.where(moves_left > 0, move[:, None] - _BACK, 0)]
        phases[moves_left < 0] = -1
        return phases

    def _lapse(self, states: PhaseStates, instant: Ints) -> PhaseStates:
        """Apply what lapses before ``instant``."""
        while True:
            due = states.anchor + self.lapse_after[states.phase]
            lapses = states.seen & (due < instant)
            if not lapses.any():
                return states
            states = self._step(states, lapses, due)

    def _step(self, states: PhaseStates, lapses: Mask, due: Ints) -> PhaseStates:
        before = np.stack([states.phase, states.lags[:, 0]], axis=1)
        return PhaseStates(
            phase=np.where(lapses, self.lapse_to[states.phase], states.phase),
            since=np.where(lapses, due, states.since),
            lags=np.where(lapses[:, None], before, states.lags),
            entered=states.entered + lapses,
            anchor=np.where(lapses, due, states.anchor),
            seen=states.seen,
            reached=np.where(
                lapses,
                states.reached | np.int64(1) << self.lapse_to[states.phase].astype(np.int64),
                states.reached,
            ),
        )

    def _next_lapse(self, customer: AnyInts, instant: Ints) -> tuple[Codes, Ints]:
        """What lapses first, at or after ``instant``, when no event follows any more."""
        states = self._lapse(self._after_events(customer, self.history.start[customer + 1], instant), instant)
        due = states.anchor + self.lapse_after[states.phase]
        lapses = states.seen & (due < NEVER_MS // 2)
        none = np.int32(-1)
        return np.where(lapses, self.lapse_to[states.phase], none), np.where(lapses, due, -1)


class PhaseMachine:
    """The phase rules and lapses of a journey file, ready for histories.

    ``walks``: the same for the past of one customer.
    """

    __slots__ = ("_after", "_rules", "_to", "walks")

    def __init__(self, journey: Journey) -> None:
        """
        Raises:
            RuleError: a phase rule cannot be compiled.
            JourneyFileError: a phase lapses after no time at all.
        """
        self._rules = PhaseRules(journey)
        self._after = np.full(len(journey.phases), NEVER_MS, dtype=np.int64)
        self._to = np.zeros(len(journey.phases), dtype=np.int32)
        for code, phase in enumerate(journey.phases):
            if phase.lapse is not None:
                self._after[code] = _lapse_ms(phase.name, phase.lapse.after_days)
                self._to[code] = journey.phase_index[phase.lapse.to]
        self.walks = OneWalk(self._rules, self._after, self._to)

    @property
    def asks_each_event(self) -> bool:
        """Whether a rule reads an event's value or properties, so that walking takes a while."""
        return self._rules.asks_each_event

    def trace(self, history: History) -> PhaseTrace:
        """Follow every customer through their events.

        Raises:
            RuleError: a rule failed on an event.
        """
        return self.trace_of_moves(history, *_arrays(*self._walk(history, _last_activity(history))))

    def trace_of_moves(
        self, history: History, position: Ints, instant: Ints, phase: Codes, lapsed: Mask
    ) -> PhaseTrace:
        """The trace whose moves are known already; see ``PhaseTrace`` for them."""
        return PhaseTrace(
            history=history, position=position, instant=instant, phase=phase, lapsed=lapsed,
            last_activity=_last_activity(history), lapse_after=self._after, lapse_to=self._to,
        )  # fmt: skip

    def states_of_one(self, history: History, end: int, instant: int) -> PhaseStates:
        """As ``trace(history).states`` for one moment of the only customer, which is what a decision asks.

        Without the arrays of all moves: for a short past they take several times as long as the walk.

        Args:
            end: ``history.ends`` at ``instant`` (milliseconds since 1970 UTC).

        Raises:
            RuleError: a rule failed on an event before ``end``.
        """
        stand = self.stand_of_one(history, end, instant)
        return PhaseStates(
            phase=np.array([stand.phase], dtype=np.int32),
            since=np.array([stand.since], dtype=np.int64),
            lags=np.array([[stand.before, stand.last_but_one]], dtype=np.int32),
            entered=np.array([stand.entered], dtype=np.int64),
            anchor=np.array([max(stand.active, stand.since)], dtype=np.int64),
            seen=np.array([end > 0 or history.folded is not None]),
            reached=np.array([stand.reached], dtype=np.int64),
        )

    def stand_of_one(self, history: History, end: int, instant: int) -> PhaseWalk:
        """The same in plain numbers: ``walk_one``, with what lapses before the moment applied."""
        return self.walks.stand(history, end, instant)

    def walk_one(self, history: History, end: int, instant: int) -> PhaseWalk:
        """Where the only customer stands right after the events before ``end``.

        Goes on from what was folded. ``instant``: what counts as the beginning if there is no event.
        """
        return self.walks.walk(history, end, instant)

    def _walk(self, history: History, last_activity: Ints) -> tuple[array[int], ...]:
        """Event after event through those that may matter.

        The loop keeps a phase and since when.
        """
        after, to = self.walks.lapses
        position, instant, phases, lapsed = (
            array("q", [-1]),
            array("q", [0]),
            array("i", [0]),
            array("b", [0]),
        )
        owner, phase, since = -1, 0, 0
        moves: list[tuple[int, ...]]
        row, moves = self._rules.moves_of(history)
        for event, first, at, base, opened, sort, stated in self._matters(history, last_activity, row):
            if first != owner:
                owner, phase, since = first, 0, opened
            due = (base if base > since else since) + after[phase]
            while due < at:
                phase, since = to[phase], due
                position.append(event)
                instant.append(due)
                phases.append(phase)
                lapsed.append(1)
                due = since + after[phase]
            new = stated if stated >= 0 else moves[sort][phase]
            if new == ASK:
                new = self._rules.ask(history, event, phase)
            if new != phase:
                phase, since = new, at
                position.append(event)
                instant.append(at)
                phases.append(phase)
                lapsed.append(0)
        return position, instant, phases, lapsed

    def _matters(self, history: History, last_activity: Ints, row: Codes) -> Iterator[tuple[int, ...]]:
        """Events that can move somebody, or that end a silence long enough for a lapse.

        Yields per event: index, the customer's first event, instant, base, the customer's first instant,
        row of moves and stated phase. ``base``: the last own activity before it, else the first instant.
        """
        times, start = history.occurred_at, history.start
        first = np.repeat(start[:-1], start[1:] - start[:-1])
        active = last_activity[:-1]
        base = times[np.where(active >= first, active, first)]
        silent = (times - base) > self.walks.shortest
        events = np.flatnonzero((row > 0) | (history.phase >= 0) | (silent & (history.kind != CONTACT)))
        for begin in range(0, len(events), _BLOCK):
            block = events[begin : begin + _BLOCK]
            columns: list[NDArray[Any]] = [block, first[block], times[block], base[block]]
            columns += [times[first[block]], row[block], history.phase[block]]
            yield from zip(*(column.tolist() for column in columns), strict=True)


def _arrays(
    position: array[int], instant: array[int], phase: array[int], lapsed: array[int]
) -> tuple[Ints, Ints, Codes, Mask]:
    """Moves as they were walked, as NumPy has them."""
    return (
        np.frombuffer(position, dtype=np.int64),
        np.frombuffer(instant, dtype=np.int64),
        np.frombuffer(phase, dtype=np.int32),
        np.frombuffer(lapsed, dtype=np.int8).astype(bool),
    )


def _last_activity(history: History) -> Ints:
    """Shape (n_events + 1,): before each event, the last one that was the customer's own doing."""
    last: Ints = np.arange(-1, history.n_events)
    last[1:][history.kind == CONTACT] = -1
    np.maximum.accumulate(last, out=last)
    return last


def joined(states: Sequence[PhaseStates]) -> PhaseStates:
    """The states of several moments, one after the other."""
    if len(states) == 1:
        return states[0]
    names = [field.name for field in fields(PhaseStates)]
    return PhaseStates(**{name: np.concatenate([getattr(one, name) for one in states]) for name in names})


def _lapse_ms(phase: str, after_days: float) -> int:
    after = round(after_days * DAY_MS)
    if after <= 0:
        raise JourneyFileError(f"phase {phase!r} lapses after {after_days} days, expected more than 0")
    return min(after, NEVER_MS)
