"""A customer's record with each action.

Knows the events of one customer up to a moment; knows nothing of what follows from them (that is
``repeats.py``). Positive is what the journey file calls positive for the action.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.domain.account import AccountContact
from models.domain.history import CONTACT, DAY_MS, TOUCHPOINT, Folded, History, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey, Sentiment

_MANY: Final = 64
"""Contacts and outcomes from which columns are quicker than one after the other."""


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """What happened between one customer and the actions before ``instant``.

    Keys are action codes.

    Attributes:
        instant: milliseconds since 1970 UTC, as all times here.
        delivered: time, action and channel (-1: none) of every contact, ascending in time; those ahead of
            ``instant`` that are known already stand at the end.
        contacts: number of delivered contacts.
        last_contact: time of the last one.
        positives: number of positive outcomes.
        open: times of the contacts since the last positive outcome.
        refused: time of the last negative outcome.
        colleagues: as ``delivered``, contacts with the other people of the customer's account; None: the
            customer is in none.
    """

    instant: int
    delivered: list[tuple[int, int, int]] = field(default_factory=list)
    contacts: dict[int, int] = field(default_factory=dict)
    last_contact: dict[int, int] = field(default_factory=dict)
    positives: dict[int, int] = field(default_factory=dict)
    open: dict[int, list[int]] = field(default_factory=dict)
    refused: dict[int, int] = field(default_factory=dict)
    colleagues: tuple[tuple[int, int, int], ...] | None = None

    def unanswered(self, action: int, window_ms: int) -> int:
        """Contacts since the last positive outcome that came to nothing.

        The response window is over, or a negative outcome came after the contact.
        """
        refused = self.refused.get(action, self.instant - window_ms)
        latest = max(refused, self.instant - window_ms)
        return sum(at <= latest for at in self.open.get(action, ()))


class RecordKeeper:
    """Reads records from histories.

    What the journey file says of outcomes is resolved once.
    """

    __slots__ = ("_actions", "_channels", "_negative", "_positive", "window_ms")

    def __init__(self, journey: Journey) -> None:
        self._actions, self._channels = journey.action_index, journey.channel_index
        self._positive = tuple(journey.positive_outcomes(action.name) for action in journey.actions)
        self._negative = frozenset(o.name for o in journey.outcomes if o.sentiment is Sentiment.NEGATIVE)
        self.window_ms = tuple(round(journey.response_window(a.name) * DAY_MS) for a in journey.actions)

    def read(self, history: History, customer: int, end: int, instant: int) -> ActionRecord:
        """The record of one customer with every action, from the events before index ``end``."""
        record = ActionRecord(instant)
        if history.folded is not None:
            self._begin(record, history.folded, history.touchpoints)
        begin = int(history.start[customer])
        events = history.kind[begin:end].nonzero()[0] + begin  # all but the customer's own
        if not len(events):
            return record
        if len(events) > _MANY:
            self._read_many(record, history, events)
            return record
        columns = (history.kind, history.occurred_at, history.action, history.channel, history.touchpoint)
        rows = zip(*[column.take(events).tolist() for column in columns], strict=True)
        delivered, contacts, last, unanswered = (
            record.delivered,
            record.contacts,
            record.last_contact,
            record.open,
        )
        for kind, at, action, channel, touchpoint in rows:
            if kind == CONTACT:
                delivered.append((at, action, channel))
                if action >= 0:
                    contacts[action] = contacts.get(action, 0) + 1
                    last[action] = at
                    unanswered.setdefault(action, []).append(at)
            elif action >= 0:
                self._outcome(record, action, at, history.touchpoints[touchpoint])
        return record

    def _read_many(self, record: ActionRecord, history: History, events: NDArray[np.intp]) -> None:
        """The same with contacts as columns, so that a thousand of them cost little more than ten."""
        is_contact = history.kind[events] == CONTACT
        outcomes, contacts = events[~is_contact], events[is_contact]
        columns = (history.occurred_at, history.action, history.channel)
        record.delivered.extend(zip(*(column[contacts].tolist() for column in columns), strict=True))
        positive: dict[int, int] = {}  # action → its last positive outcome
        told = (history.occurred_at, history.action, history.touchpoint)
        rows = zip(outcomes.tolist(), *(column[outcomes].tolist() for column in told), strict=True)
        for event, at, action, touchpoint in rows:
            if action >= 0:
                self._outcome(record, action, at, history.touchpoints[touchpoint])
                if history.touchpoints[touchpoint] in self._positive[action]:
                    positive[action] = event
        contacts = contacts[history.action[contacts] >= 0]
        contacts = contacts[history.action[contacts].argsort(kind="stable")]
        actions, first = np.unique(history.action[contacts], return_index=True)
        for action, own in zip(actions.tolist(), np.split(contacts, first[1:]), strict=False):
            times = history.occurred_at[own].tolist()
            record.contacts[action] = record.contacts.get(action, 0) + len(times)
            record.last_contact[action] = times[-1]
            if unanswered := times[int(own.searchsorted(positive.get(action, -1))) :]:
                record.open.setdefault(action, []).extend(unanswered)

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

    def _begin(self, record: ActionRecord, folded: Folded, touchpoints: Sequence[str]) -> None:
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
                record.refused[action] = max(record.refused.get(action, last), last)
        for action, number in folded.open.items():
            record.open[action] = [record.last_contact.get(action, folded.walk.opened)] * number

    def _outcome(self, record: ActionRecord, action: int, at: int, name: str) -> None:
        if name in self._positive[action]:
            record.positives[action] = record.positives.get(action, 0) + 1
            record.open.pop(action, None)
        elif name in self._negative:
            record.refused[action] = at
