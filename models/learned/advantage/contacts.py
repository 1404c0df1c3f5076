"""What a customer was sent and answered until a moment.

Older contacts count less. Effects depend on it: what was sent lately tires and saturates, and channels are
answered unequally. Times are counted in steps, from one decision to the next. Knows histories; knows nothing
of effects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Ints
from models.domain.history import CONTACT, DAY_MS, OUTCOME, History
from models.domain.journey import Journey
from models.learned.features.event_columns import EventColumns
from models.learned.features.folded import positives
from models.learned.features.situations import Situations
from models.learned.features.spec import FeatureSpec

FADING: Final = 0.65
"""What is left of a contact after a step, in what was sent lately and in what is still felt."""
LASTING: Final = 0.9
"""The same of what wears off slowly."""
LONGEST_STAY: Final = 8.0
"""Steps; a longer stay in a phase counts as one of this length."""

_FADING: Final = float(np.log(FADING))
_LASTING: Final = float(np.log(LASTING))
_PAIRS: Final = 2_000_000
"""Situations times events of the past that are looked at together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contacts:
    """What n situations know of contacts.

    Attributes:
        recent: (n, A) contacts by treatment, fading.
        felt: (n, 4) contacts fading, contacts lasting, log response rate, stay in the phase.
        taste: (n, C) log response rate by channel against the customer's own mean, shrunk.
    """

    recent: Floats
    felt: Floats
    taste: Floats


class ContactReader:
    """Reads contacts of a journey's histories.

    Args:
        spec: of the features.
        journey: whose codes the histories use.
        treatments: (action, channel) of each of A treatments.
        channels: C names.
        step_days: (P,) days from one decision to the next, by phase.
    """

    __slots__ = ("_channel", "_channels", "_events", "_step_ms", "_treatment", "_treatments")

    def __init__(
        self,
        spec: FeatureSpec,
        journey: Journey,
        treatments: tuple[tuple[str, str | None], ...],
        channels: tuple[str, ...],
        step_days: Floats,
    ) -> None:
        actions, ways = len(journey.actions), len(journey.channels)
        self._events = EventColumns(spec, journey)
        self._step_ms = step_days * DAY_MS
        self._treatments, self._channels = len(treatments), len(channels)
        self._treatment = np.full((actions + 1, ways + 1), self._treatments)  # code -1 reads the last
        for code, (action, channel) in enumerate(treatments):
            if action in journey.action_index and channel is not None and channel in journey.channel_index:
                self._treatment[journey.action_index[action], journey.channel_index[channel]] = code
        self._channel = np.full(ways + 1, self._channels)
        for code, name in enumerate(channels):
            if name in journey.channel_index:
                self._channel[journey.channel_index[name]] = code

    def read(self, situations: Situations) -> Contacts:
        """Contacts strictly before each moment; nothing depends on the other situations."""
        n, history = len(situations), situations.history
        step = self._step_ms[situations.phase]
        if n == 1:
            begin = int(history.start[int(situations.customer[0])])
            events = slice(begin, int(situations.end[0]))
            positive = _responses(self._events, history, events)
            contact = (history.kind[events] == CONTACT).nonzero()[0] + begin
            return self._told(situations, step, contact * 0, contact, positive * 0, positive)
        parts = []
        looked_at = _events_of(situations)
        positives_at = np.zeros(looked_at.stop - looked_at.start, dtype=bool)
        positives_at[_responses(self._events, history, looked_at) - looked_at.start] = True
        for rows, row, event in _pairs(situations):
            positive, contact = positives_at[event - looked_at.start], history.kind[event] == CONTACT
            part = (row[contact], event[contact], row[positive], event[positive])
            parts.append(self._told(situations.take(rows), step[rows], *part))
        if not parts:
            return self._told(situations, step, *[np.zeros(0, dtype=np.int64)] * 4)
        columns = ("recent", "felt", "taste")
        return Contacts(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in columns})

    def _told(
        self, situations: Situations, step: Floats, row: Ints, contact: Ints, who: Ints, answer: Ints
    ) -> Contacts:
        """From the contacts (their situation, the event) and the positive responses (likewise)."""
        n, history, width = len(situations), situations.history, self._channels + 1
        channel = history.channel[contact]
        age = (situations.instant[row] - history.occurred_at[contact]) / step[row]
        own = self._treatment[history.action[contact], channel]
        fading = _counted(row, own, n, self._treatments + 1, np.exp(age * _FADING))
        sent = _counted(row, self._channel[channel], n, width)
        answered = _counted(who, self._channel[history.channel[answer]], n, width)
        if history.folded is not None:
            self._add_folded(history, sent, answered)
        rate = (answered.sum(axis=1) + 1.0) / (sent.sum(axis=1) + 4.0)
        felt = np.empty((n, 4))
        felt[:, 0] = fading.sum(axis=1)
        felt[:, 1] = np.bincount(row, np.exp(age * _LASTING), n)
        felt[:, 2] = np.log(rate)
        felt[:, 3] = np.minimum((situations.instant - situations.phase_since) / step, LONGEST_STAY)
        taste = np.log((answered[:, :-1] + 3.0 * rate[:, None]) / (sent[:, :-1] + 3.0))
        return Contacts(recent=fading[:, :-1], felt=felt, taste=taste - felt[:, 2:3])

    def _add_folded(self, history: History, sent: Floats, answered: Floats) -> None:
        """Count what was folded away, of the only customer; nothing of it is felt any more."""
        folded = history.folded
        if folded is None:
            return
        channel = self._channel[folded.channel]
        positive = positives(self._events, history, folded)
        for counted, rows in ((sent, folded.kind == CONTACT), (answered, positive)):
            counted += np.bincount(channel[rows], folded.count[rows], counted.shape[1])


def _events_of(situations: Situations) -> slice:
    """From the first event of the first customer to the last that any situation knows."""
    begin = situations.history.start[situations.customer]
    return slice(int(begin.min()), int(situations.end.max())) if len(begin) else slice(0, 0)


def _responses(columns: EventColumns, history: History, events: slice) -> Ints:
    """Positions in the history of the positive responses among ``events``."""
    if not (history.kind[events] == OUTCOME).any():
        return np.zeros(0, dtype=np.int64)
    found: Ints = np.flatnonzero(columns.positive(history, events)) + events.start
    return found


def _counted(row: Ints, column: Ints, rows: int, columns: int, weight: Floats | None = None) -> Floats:
    """(rows, columns) how often, or how much, each column has in each row; summed in the order given."""
    total = np.bincount(row * columns + column, weight, rows * columns)
    return np.asarray(total.reshape(rows, columns), dtype=np.float64)


def _pairs(situations: Situations) -> Iterator[tuple[slice, Ints, Ints]]:
    """Some situations at a time: which, and for each event of their past the situation and the event."""
    begin = situations.history.start[situations.customer]
    length = situations.end - begin
    n, edge = len(length), 0
    total = np.cumsum(length)
    while edge < n:
        before = int(total[edge - 1]) if edge else 0
        stop = max(int(np.searchsorted(total, before + _PAIRS, side="right")), edge + 1)
        own = length[edge:stop]
        row = np.repeat(np.arange(stop - edge), own)
        first = np.repeat(begin[edge:stop] - (np.cumsum(own) - own), own)
        yield slice(edge, stop), row, first + np.arange(len(row))
        edge = stop
