"""A customer's record with each action.

Knows the events of one customer up to a moment; knows nothing of what follows from them (that is
``repeats.py``). Positive is what the journey file calls positive for the action.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models import kernel
from models.arrays import Ints
from models.domain.account import AccountContact
from models.domain.history import CONTACT, DAY_MS, TOUCHPOINT, Folded, History, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey, Sentiment

_MANY: Final = 64
"""Contacts and outcomes from which the compiled kernel is quicker than one after the other."""
NEVER: Final = -(2**62)
"""When something happened that never did, in ms; far enough from the ends of int64 to subtract from."""
YES: Final = 1
NO: Final = 2
"""What an outcome is to an action, as the compiled kernel counts it; 0: neither."""
_CONTACTS, _LAST, _POSITIVES, _REFUSED, _OPEN, _BEFORE_REFUSED, _BEFORE_WINDOW, _FACTS = range(8)
"""Rows of what the kernel counts by action."""


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """What happened between one customer and the actions before ``instant``.

    Keys are action codes.

    Attributes:
        instant: milliseconds since 1970 UTC, as all times here.
        delivered: time, action and channel (-1: none) of every contact, or at least of those as far back as
            was asked for, ascending in time; known ones ahead of ``instant`` stand at the end.
        contacts: number of delivered contacts.
        last_contact: time of the last one.
        positives: number of positive outcomes.
        unanswered: number of contacts since the last positive outcome that came to nothing: the response
            window is over, or a negative outcome came after the contact. Actions without any have none.
        colleagues: as ``delivered``, contacts with the other people of the customer's account; None: the
            customer is in none.
    """

    instant: int
    delivered: list[tuple[int, int, int]] = field(default_factory=list)
    contacts: dict[int, int] = field(default_factory=dict)
    last_contact: dict[int, int] = field(default_factory=dict)
    positives: dict[int, int] = field(default_factory=dict)
    unanswered: dict[int, int] = field(default_factory=dict)
    colleagues: tuple[tuple[int, int, int], ...] | None = None


class RecordKeeper:
    """Reads records from histories.

    What the journey file says of outcomes is resolved once.
    """

    __slots__ = ("_actions", "_channels", "_negative", "_positive", "_senses", "_window_ms", "window_ms")

    def __init__(self, journey: Journey) -> None:
        self._actions, self._channels = journey.action_index, journey.channel_index
        self._positive = tuple(journey.positive_outcomes(action.name) for action in journey.actions)
        self._negative = frozenset(o.name for o in journey.outcomes if o.sentiment is Sentiment.NEGATIVE)
        self.window_ms = tuple(round(journey.response_window(a.name) * DAY_MS) for a in journey.actions)
        self._window_ms = np.array(self.window_ms, dtype=np.int64)
        self._senses: tuple[tuple[str, ...], NDArray[np.uint8]] = (), _senses_of((), (), ())

    def read(
        self, history: History, customer: int, end: int, instant: int, reach_ms: int | None = None
    ) -> ActionRecord:
        """The record of one customer with every action, from the events before index ``end``.

        Args:
            reach_ms: how far back ``delivered`` has to reach, milliseconds; None: over the whole past. What
                limits do not look at costs nothing then.
        """
        begin = history.start.item(customer)
        events = history.kind[begin:end].nonzero()[0]  # all but the customer's own
        if len(events) > _MANY and kernel.native is not None:
            return self._read_many(history, begin, end, instant, reach_ms)
        record, made = ActionRecord(instant), _Open({}, {})
        if history.folded is not None:
            self._begin(record, made, history.folded, history.touchpoints)
        if len(events):
            self._read_each(record, made, history, events + begin)
        if made.times:
            self._close(record, made)
        return record

    def _read_each(
        self, record: ActionRecord, made: _Open, history: History, events: NDArray[np.intp]
    ) -> None:
        """Event after event."""
        columns = (history.kind, history.occurred_at, history.action, history.channel, history.touchpoint)
        rows = zip(*[column.take(events).tolist() for column in columns], strict=True)
        delivered, contacts, last, times = record.delivered, record.contacts, record.last_contact, made.times
        for kind, at, action, channel, touchpoint in rows:
            if kind == CONTACT:
                delivered.append((at, action, channel))
                if action >= 0:
                    contacts[action] = contacts.get(action, 0) + 1
                    last[action] = at
                    times.setdefault(action, []).append(at)
            elif action >= 0:
                name = history.touchpoints[touchpoint]
                if name in self._positive[action]:
                    record.positives[action] = record.positives.get(action, 0) + 1
                    times.pop(action, None)
                elif name in self._negative:
                    made.refused[action] = at

    def _close(self, record: ActionRecord, made: _Open) -> None:
        """Count which of the contacts that are open came to nothing."""
        for action, times in made.times.items():
            latest = record.instant - self.window_ms[action]
            if action in made.refused:
                latest = max(made.refused[action], latest)
            if number := sum([at <= latest for at in times]):
                record.unanswered[action] = number

    def _read_many(
        self, history: History, begin: int, end: int, instant: int, reach_ms: int | None
    ) -> ActionRecord:
        """The same by the compiled kernel."""
        facts = np.zeros((_FACTS, len(self.window_ms)), dtype=np.int64)
        facts[[_LAST, _REFUSED]] = NEVER
        if history.folded is not None:
            self._begin_many(facts, history.folded, history.touchpoints, instant)
        kernel.native.action_facts(
            history.kind, history.occurred_at, history.action, history.touchpoint, begin, end, instant,
            self.senses(history.touchpoints), self._window_ms, facts,
        )  # fmt: skip
        record = ActionRecord(instant, _delivered(history, begin, end, instant, reach_ms))
        rows = zip(
            *facts[[_CONTACTS, _LAST, _POSITIVES]].tolist(), self._ignored(facts, instant), strict=True
        )
        for action, (contacts, last, positives, ignored) in enumerate(rows):
            if contacts:
                record.contacts[action], record.last_contact[action] = contacts, last
            if positives:
                record.positives[action] = positives
            if ignored:
                record.unanswered[action] = ignored
        return record

    def _ignored(self, facts: Ints, instant: int) -> list[int]:
        """By action, contacts since the last yes that came to nothing."""
        late = facts[_REFUSED] > instant - self._window_ms
        ignored: list[int] = np.where(late, facts[_BEFORE_REFUSED], facts[_BEFORE_WINDOW]).tolist()
        return ignored

    def senses(self, touchpoints: tuple[str, ...]) -> NDArray[np.uint8]:
        """Shape (A, names): what an outcome of that name is to the action, ``YES``, ``NO`` or 0."""
        last, known = self._senses
        if last is not touchpoints:  # most histories share theirs
            known = _senses_of(self._positive, self._negative, touchpoints)
            self._senses = touchpoints, known
        return known

    def look_ahead(self, record: ActionRecord, contacts: Sequence[Interaction]) -> None:
        """Add contacts at or after the moment: limits and repeats have to reckon with them."""
        for contact in sorted(contacts, key=lambda contact: contact.occurred_at):
            action = self._actions.get(contact.action or "", -1)
            at = to_ms(contact.occurred_at)
            record.delivered.append((at, action, self._channels.get(contact.channel or "", -1)))
            if action >= 0:
                record.last_contact[action] = at

    def in_account(self, record: ActionRecord, contacts: Sequence[AccountContact]) -> ActionRecord:
        """The record of somebody in an account whose other people were contacted so."""
        coded = (
            (c.at, self._actions.get(c.action or "", -1), self._channels.get(c.channel or "", -1))
            for c in contacts
        )
        return replace(record, colleagues=tuple(coded))

    def _begin(self, record: ActionRecord, made: _Open, folded: Folded, touchpoints: Sequence[str]) -> None:
        """Start from what was folded away; no limit and no response window reaches back so far."""
        columns = (folded.kind, folded.action, folded.touchpoint, folded.count, folded.last)
        for kind, action, touchpoint, count, last in zip(*(c.tolist() for c in columns), strict=True):
            if action < 0 or kind == TOUCHPOINT:
                continue
            if kind == CONTACT:
                record.contacts[action] = record.contacts.get(action, 0) + count
                record.last_contact[action] = max(record.last_contact.get(action, last), last)
            elif touchpoints[touchpoint] in self._positive[action]:
                record.positives[action] = record.positives.get(action, 0) + count
            elif touchpoints[touchpoint] in self._negative:
                made.refused[action] = max(made.refused.get(action, last), last)
        for action, number in folded.open.items():
            made.times[action] = [record.last_contact.get(action, folded.walk.opened)] * number

    def _begin_many(self, facts: Ints, folded: Folded, touchpoints: Sequence[str], instant: int) -> None:
        """The same as the kernel counts it."""
        record, made = ActionRecord(instant), _Open({}, {})
        self._begin(record, made, folded, touchpoints)
        for row, told in (
            (_CONTACTS, record.contacts),
            (_LAST, record.last_contact),
            (_POSITIVES, record.positives),
            (_REFUSED, made.refused),
        ):
            facts[row, list(told)] = list(told.values())
        for action, times in made.times.items():
            refused, over = facts[_REFUSED, action], instant - self.window_ms[action]
            facts[_OPEN, action] = len(times)
            facts[_BEFORE_REFUSED, action] = sum(at <= refused for at in times)
            facts[_BEFORE_WINDOW, action] = sum(at <= over for at in times)


class _Open(NamedTuple):
    """By action: times of the contacts since the last positive outcome; time of the last negative one."""

    times: dict[int, list[int]]
    refused: dict[int, int]


def _delivered(
    history: History, begin: int, end: int, instant: int, reach_ms: int | None
) -> list[tuple[int, int, int]]:
    if reach_ms is not None:
        begin += int(history.occurred_at[begin:end].searchsorted(instant - reach_ms))
    contacts = (history.kind[begin:end] == CONTACT).nonzero()[0] + begin
    columns = (history.occurred_at, history.action, history.channel)
    return list(zip(*(column.take(contacts).tolist() for column in columns), strict=True))


def _senses_of(
    positives: Sequence[Collection[str]], negative: Collection[str], touchpoints: tuple[str, ...]
) -> NDArray[np.uint8]:
    senses = np.zeros((len(positives), len(touchpoints)), dtype=np.uint8)
    for action, positive in enumerate(positives):
        senses[action] = [YES if n in positive else NO if n in negative else 0 for n in touchpoints]
    return senses
