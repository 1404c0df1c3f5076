"""A candidate's columns.

What this customer has had of this action and this channel, and what came of it. Contacts and positive
outcomes are kept as one sorted list of keys, group by group (an action's contacts, a channel's contacts, an
action's positives, a channel's positives), so that a count is the difference of two binary searches and the
number of actions does not matter.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models import kernel
from models.arrays import AnyInts, Floats32, Ints
from models.domain.actions import NOTHING, Treatment
from models.domain.history import CONTACT, DAY_MS, History
from models.domain.journey import Journey
from models.domain.spans import spans
from models.learned.features.event_columns import EventColumns
from models.learned.features.folded import add_to_candidates
from models.learned.features.situations import Situations, moment_of
from models.learned.features.spec import CONTACT_WINDOWS_DAYS, FeatureSpec

_STATIC: Final = 5  # action, channel, group, action_value, channel_cost
_ABOVE_ALL: Final = np.array([np.iinfo(np.int64).max])
_NO_TIME: Final = np.zeros(1, dtype=np.int64)


class CandidateFeatures:
    """Builds the matrix of ``spec.candidate_names``."""

    __slots__ = ("_codes", "_events", "_groups", "_n", "_n_actions", "_n_groups", "_static", "_windows")

    def __init__(
        self, spec: FeatureSpec, journey: Journey, events: EventColumns, windows: tuple[float, ...]
    ) -> None:
        """``windows``: those behind the columns of ``Situations.window_start``, in days."""
        self._events = events
        self._n = len(spec.candidate_names)
        self._n_actions = len(journey.actions)
        self._n_groups = self._n_actions + len(journey.channels) + 2
        self._static = np.array(
            [_static(spec, journey, each) for each in journey.treatments], dtype=np.float32
        )
        action = np.array([journey.action_index.get(t.action, -1) for t in journey.treatments])
        channel = np.array([journey.channel_index.get(t.channel or "", -1) for t in journey.treatments])
        self._codes = (action.astype(np.int64), channel.astype(np.int64))
        own = np.stack([self._action_group(action), self._channel_group(channel)])
        self._groups = np.concatenate([own, own + self._n_groups])
        self._windows = [windows.index(days) for days in CONTACT_WINDOWS_DAYS]

    def build(self, situations: Situations, row: AnyInts, treatment: AnyInts) -> Floats32:
        """Shape (m, G), float32; nan is never, or no such code."""
        history = situations.history
        if history.folded is None:
            return self._of_events(situations, row, treatment)
        out = np.empty((len(row), self._n), dtype=np.float32)
        for number in np.unique(row).tolist():
            rows = np.flatnonzero(row == number)
            one, chosen = situations.take(slice(number, number + 1)), treatment[rows]
            block = self._of_events(one, np.zeros(len(rows), dtype=np.int64), chosen)
            codes = (self._codes[0][chosen], self._codes[1][chosen])
            add_to_candidates(block, codes, self._events, history, int(one.instant[0]))
            out[rows] = block
        return out

    def _of_events(self, situations: Situations, row: AnyInts, treatment: AnyInts) -> Floats32:
        if kernel.native is not None and len(situations) == 1:
            return self._one(situations, treatment)
        out = np.empty((len(row), self._n), dtype=np.float32)
        nothing = treatment == 0
        out[nothing, :_STATIC] = self._static[0]
        out[nothing, _STATIC:] = 0
        something = np.flatnonzero(~nothing)
        for first, last, rows in spans(situations.history.start, situations.customer[row[something]]):
            own = something[rows]
            out[own] = self._block(situations, (first, last), row[own], treatment[own])
        return out

    def _one(self, situations: Situations, treatment: AnyInts) -> Floats32:
        """The same for the candidates of a single situation, by the compiled kernel."""
        out = np.empty((len(treatment), self._n), dtype=np.float32)
        positive = self._events.lookups(situations.history.touchpoints).positive
        kernel.native.candidate_features(
            *moment_of(situations), positive, positive.shape[1], *self._windows, self._static, *self._codes,
            self._n_actions, self._n_groups - self._n_actions - 2,
            np.ascontiguousarray(treatment, dtype=np.int64), out,
        )  # fmt: skip
        return out

    def _block(
        self, situations: Situations, owners: tuple[int, int], row: AnyInts, treatment: AnyInts
    ) -> Floats32:
        """The candidates of the customers ``owners[0]`` to ``owners[1]``, none of which is doing nothing."""
        history = situations.history
        events = slice(int(history.start[owners[0]]), int(history.start[owners[1]]))
        keys = self._keys(history, events)
        base = self._groups[:, treatment] * (events.stop - events.start + 1)
        moments = self._moments(situations, row, events.start)
        out = np.empty((len(row), self._n), dtype=np.float32)
        out[:, :_STATIC] = self._static[treatment]
        times = history.occurred_at[events] if len(keys) > 1 else _NO_TIME
        self._contacts(out, keys, base[:2], moments, situations.instant[row], times)
        positives = keys.searchsorted(base[2:, None] + moments[:2])
        out[:, 8:12:3] = (positives[:, 0] - positives[:, 1]).T
        return out

    def _moments(self, situations: Situations, row: AnyInts, offset: int) -> Ints:
        """Shape (4, m): the events now, at the customer's begin, and at the begin of both windows."""
        moments = np.empty((4, len(row)), dtype=np.int64)
        moments[0] = situations.end[row]
        moments[1] = situations.history.start[situations.customer[row]]
        for place, window in enumerate(self._windows, start=2):
            moments[place] = situations.window_start[row, window]
        moments -= offset
        return moments

    def _contacts(
        self, out: Floats32, keys: Ints, base: Ints, moments: Ints, instant: Ints, times: Ints
    ) -> None:
        """Counts of contacts, and the days since the last, by action and by channel."""
        place = keys.searchsorted(base[:, None] + moments)
        counts = place[:, :1] - place[:, 1:]
        out[:, 5:8] = counts[0].T
        out[:, 9:11] = counts[1, 1:].T
        latest = times.take(keys[place[:, 0] - 1] - base, mode="clip")  # of any group: dropped below
        days = (instant - latest) / DAY_MS
        days[counts[:, 0] == 0] = np.nan
        out[:, 12:14] = days.T

    def _keys(self, history: History, events: slice) -> Ints:
        """Sorted keys group × (n + 1) + event of contacts and positives, each by action and by channel.

        The last key is above all others, so that there always is one.
        """
        contact = (history.kind[events] == CONTACT).nonzero()[0]
        positive = self._events.positive(history, events).nonzero()[0]
        event = np.concatenate([contact, positive])
        by_action = self._action_group(history.action[events][event])
        by_channel = self._channel_group(history.channel[events][event])
        by_action[len(contact) :] += self._n_groups
        by_channel[len(contact) :] += self._n_groups
        n = events.stop - events.start
        keys = np.concatenate([by_action * (n + 1) + event, by_channel * (n + 1) + event, _ABOVE_ALL])
        keys.sort()
        return keys

    def _action_group(self, action: AnyInts) -> Ints:
        """Group 0 is no action, which nothing asks for."""
        return action + np.int64(1)

    def _channel_group(self, channel: AnyInts) -> Ints:
        """The group after the actions' is no channel."""
        return channel + np.int64(self._n_actions + 2)


def _static(spec: FeatureSpec, journey: Journey, treatment: Treatment) -> tuple[float, ...]:
    """Codes and amounts that do not depend on the customer."""
    if treatment.action == NOTHING or treatment.channel is None:
        return (np.nan, np.nan, np.nan, 0.0, 0.0)
    action = journey.actions[journey.action_index[treatment.action]]
    channel = journey.channels[journey.channel_index[treatment.channel]]
    return (
        _code(spec.actions, action.name),
        _code(spec.channels, channel.name),
        _code(spec.groups, action.group),
        action.value,
        channel.cost,
    )


def _code(words: tuple[str, ...], word: str | None) -> float:
    return float(words.index(word)) if word in words else np.nan
