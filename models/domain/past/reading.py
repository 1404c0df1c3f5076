"""A kept past as a history, in a journey's codes.

What a sort of event means to the journey is looked up once for each list of sorts, so a past of any length
costs a few look-ups by array. Knows the journey file's names; knows nothing of features or barriers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models import kernel
from models.arrays import Codes
from models.domain.history import CONTACT, OUTCOME, TOUCHPOINT, Folded, History, PhaseWalk
from models.domain.journey import Journey
from models.domain.past.details import EventProperties
from models.domain.past.past import Checkpoint, Past
from models.domain.past.vocabulary import Vocabulary
from models.domain.phases import PhaseMachine

_MOST_KEPT: Final = 4_096
_NONE: Final = np.full(16_384, -1, dtype=np.int32)
_NONE.flags.writeable = False
MANY: Final = 128
"""Events after which it is worth remembering where a customer stands, and again after as many more."""


@dataclass(frozen=True, slots=True, eq=False)
class SortCodes:
    """Per sort what it is to the journey.

    ``states``: whether any of them states a phase.
    """

    kind: NDArray[np.int8]
    channel: Codes
    touchpoint: Codes
    action: Codes
    phase: Codes
    touchpoints: tuple[str, ...]
    states: bool


class PastReader:
    """Reads pasts for a journey file."""

    __slots__ = ("_journey", "_known", "_machine", "_positive", "_walks")

    def __init__(self, journey: Journey, machine: PhaseMachine) -> None:
        self._journey = journey
        self._machine = machine
        self._known: dict[bytes, SortCodes] = {}
        self._walks: dict[tuple[object, ...], PhaseWalk] = {}
        self._positive = tuple(journey.positive_outcomes(action.name) for action in journey.actions)

    def history(self, past: Past) -> History:
        """The history of the only customer; what lies ahead of a decision may be in it.

        Where the customer stands after many events is remembered, unless it is found as fast anew.

        Raises:
            RuleError: a phase rule failed on an event.
        """
        history = self._history(past)
        quick = kernel.native is not None and not self._machine.asks_each_event
        first = 0 if quick else len(past) - len(past) % MANY
        return replace(history, walked=(first, self._walked(past, history, first))) if first else history

    def _walked(self, past: Past, history: History, first: int) -> PhaseWalk:
        """Where the customer stands after the ``first`` events.

        Sums of what tells events apart say whether they are those of before: a key is a hash of its row.
        """
        columns = (past.key, past.at, past.cents, past.sort.astype(np.int64), past.totals.count, past.text)
        sums = (int(column[:first].sum()) for column in columns)
        known_as = (past.vocabulary.text, past.texts, past.folded_before, first, *sums)
        walk = self._walks.get(known_as)
        if walk is None:
            if len(self._walks) >= _MOST_KEPT:
                self._walks.clear()
            walk = self._walks[known_as] = self._machine.walk_one(history, first, int(past.at[0]))
        return walk

    def _history(self, past: Past) -> History:
        codes, sort = self.codes(past.vocabulary), past.sort.astype(np.intp)  # one copy for all look-ups
        return History(
            start=np.array([0, len(sort)], dtype=np.int64),
            occurred_at=past.at,
            kind=codes.kind.take(sort),
            channel=codes.channel.take(sort),
            touchpoint=codes.touchpoint.take(sort),
            action=codes.action.take(sort),
            phase=codes.phase.take(sort) if codes.states else _unstated(len(sort)),
            value_cents=past.cents,
            touchpoints=codes.touchpoints,
            properties=EventProperties(past.texts, past.text) if len(past.text) else None,
            folded=self._folded(past, codes) if len(past.totals) else None,
        )

    def checkpoint(self, past: Past, before: int) -> Checkpoint | None:
        """Where the customer stands after what happened before a moment; None: nothing did.

        Raises:
            RuleError: a phase rule failed on an event.
        """
        history = self._history(past)
        end = int(history.occurred_at.searchsorted(before))
        if not end and history.folded is None:
            return None
        walk = self._machine.walk_one(history, end, before)
        names = self._journey.phases
        lags = [None if code < 0 else names[code].name for code in (walk.before, walk.last_but_one)]
        actions = self._journey.actions
        return Checkpoint(
            phase=names[walk.phase].name,
            since=walk.since,
            lags=(lags[0], lags[1]),
            entered=walk.entered,
            active=walk.active,
            opened=walk.opened,
            open={actions[code].name: number for code, number in sorted(self._open(history, end).items())},
            reached=_reached(self._journey, walk),
        )

    def _open(self, history: History, end: int) -> dict[int, int]:
        """Action → contacts since the last positive outcome."""
        unanswered = {} if history.folded is None else dict(history.folded.open)
        columns = (history.kind, history.action, history.touchpoint)
        for kind, action, touchpoint in zip(*(column[:end].tolist() for column in columns), strict=True):
            if action >= 0 and kind == CONTACT:
                unanswered[action] = unanswered.get(action, 0) + 1
            elif (
                kind == OUTCOME and action >= 0 and history.touchpoints[touchpoint] in self._positive[action]
            ):
                unanswered.pop(action, None)
        return unanswered

    def _folded(self, past: Past, codes: SortCodes) -> Folded:
        totals = past.totals
        kind = codes.kind[totals.sort]
        own = totals.last[kind != CONTACT]
        opened = int(totals.first.min())
        active = int(own.max()) if len(own) else opened
        point = past.checkpoint
        walk = None if point is None else self._walk(point)
        return Folded(
            kind=kind,
            channel=codes.channel[totals.sort],
            touchpoint=codes.touchpoint[totals.sort],
            action=codes.action[totals.sort],
            count=totals.count,
            first=totals.first,
            last=totals.last,
            cents=totals.cents,
            walk=walk or PhaseWalk(0, -1, -1, opened, 0, active, opened),
            open={} if point is None else self._by_action(point),
            lasts={which: last.value for which, last in past.lasts.items()},
        )

    def _walk(self, point: Checkpoint) -> PhaseWalk | None:
        """The same in codes; None: the journey file has no such phase any more."""
        index = self._journey.phase_index
        if point.phase not in index:
            return None
        before, last_but_one = (index.get(name, -1) if name else -1 for name in point.lags)
        reached = 1 | sum(1 << index[name] for name in point.all_reached() if name in index)
        own = (point.since, point.entered, point.active, point.opened, reached)
        return PhaseWalk(index[point.phase], before, last_but_one, *own)

    def _by_action(self, point: Checkpoint) -> dict[int, int]:
        index = self._journey.action_index
        return {index[name]: number for name, number in point.open.items() if name in index}

    def codes(self, vocabulary: Vocabulary) -> SortCodes:
        """What each sort of a list is to the journey."""
        known = self._known.get(vocabulary.text)
        if known is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            known = self._known[vocabulary.text] = self._make(vocabulary)
        return known

    def _make(self, vocabulary: Vocabulary) -> SortCodes:
        journey, sorts = self._journey, vocabulary.sorts
        names = dict(journey.touchpoint_index)
        touchpoint = [names.setdefault(sort.name, len(names)) for sort in sorts]
        contacts = journey.contact_touchpoints
        phase = _codes_of([sort.phase for sort in sorts], journey.phase_index)
        kind = [CONTACT if s.kind == TOUCHPOINT and s.name in contacts else s.kind for s in sorts]
        return SortCodes(
            kind=np.array(kind, dtype=np.int8),
            channel=_codes_of([sort.channel for sort in sorts], journey.channel_index),
            touchpoint=np.array(touchpoint, dtype=np.int32),
            action=_codes_of([sort.action for sort in sorts], journey.action_index),
            phase=phase,
            touchpoints=tuple(names)
            if len(names) > len(journey.touchpoint_names)
            else journey.touchpoint_names,
            states=bool(np.any(phase >= 0)),
        )


def _reached(journey: Journey, walk: PhaseWalk) -> tuple[str, ...]:
    """Phases that the customer was in besides the last three, and the first, in which all begin."""
    told = {0, walk.phase, walk.before, walk.last_but_one}
    names = enumerate(journey.phase_index)
    return tuple(name for code, name in names if walk.reached >> code & 1 and code not in told)


def _unstated(events: int) -> Codes:
    """The phases of so many events that state none."""
    return _NONE[:events] if events <= len(_NONE) else np.full(events, -1, dtype=np.int32)


def _codes_of(names: list[str | None], index: Mapping[str, int]) -> Codes:
    return np.array([-1 if name is None else index.get(name, -1) for name in names], dtype=np.int32)
