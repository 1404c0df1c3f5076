"""A candidate's columns: what this customer has had of this action and this channel, and what came of it.

Contacts and positive outcomes are kept as one sorted list of keys, group by group (an action's contacts, a
channel's contacts, an action's positives, a channel's positives), so that a count is the difference of
two binary searches and the number of actions does not matter.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.domain.history import DAY_MS, History, Ints, Whole
from models.domain.interaction import Kind
from models.domain.journey import NOTHING, Journey, Treatment
from models.domain.spans import spans
from models.learned.event_columns import EventColumns
from models.learned.feature_spec import CONTACT_WINDOWS_DAYS, FeatureSpec
from models.learned.situations import Situations

Floats32 = NDArray[np.float32]

_STATIC: Final = 5  # action, channel, group, action_value, channel_cost
_MOMENTS: Final = 4  # where counts begin or end: now, the first event, 7 and 30 days ago


class CandidateFeatures:
    """Builds the matrix of ``spec.candidate_names``."""

    __slots__ = ("_action", "_channel", "_events", "_n", "_n_actions", "_static", "_windows")

    def __init__(
        self, spec: FeatureSpec, journey: Journey, events: EventColumns, windows: tuple[float, ...]
    ) -> None:
        """``windows``: those behind the columns of ``Situations.window_start``, in days."""
        treatments = journey.treatments
        self._events = events
        self._n = len(spec.candidate_names)
        self._n_actions = len(journey.actions)
        self._static = np.array([_static(spec, journey, each) for each in treatments], dtype=np.float32)
        self._action = np.array([journey.action_index.get(each.action, -1) for each in treatments])
        channels = [
            -1 if each.channel is None else journey.channel_index[each.channel] for each in treatments
        ]
        self._channel = np.array(channels)
        self._windows = [windows.index(days) for days in CONTACT_WINDOWS_DAYS]

    def build(self, situations: Situations, row: Whole, treatment: Whole) -> Floats32:
        """Shape (m, G), float32; nan is never, or no such code."""
        out = np.zeros((len(row), self._n), dtype=np.float32)
        for first, last, rows in spans(situations.history.start, situations.customer[row]):
            out[rows] = self._block(situations, (first, last), row[rows], treatment[rows])
        return out

    def _block(
        self, situations: Situations, owners: tuple[int, int], row: Whole, treatment: Whole
    ) -> Floats32:
        """The candidates of the customers ``owners[0]`` to ``owners[1]``."""
        history = situations.history
        events = slice(int(history.start[owners[0]]), int(history.start[owners[1]]))
        out = np.zeros((len(row), self._n), dtype=np.float32)
        out[:, :_STATIC] = self._static[treatment]
        if events.stop > events.start:
            moments = self._moments(situations, row) - events.start
            self._contacts(out, history, events, situations.instant[row], moments, treatment)
            self._positives(out, history, events, moments, treatment)
            out[treatment == 0, _STATIC:] = 0
        else:
            out[treatment != 0, 12:] = np.nan
        return out

    def _moments(self, situations: Situations, row: Whole) -> Ints:
        """Shape (4, m): the events now, at the customer's begin, and at the begin of both windows."""
        moments = np.empty((_MOMENTS, len(row)), dtype=np.int64)
        moments[0] = situations.end[row]
        moments[1] = situations.history.start[situations.customer[row]]
        moments[2:] = situations.window_start[:, self._windows].T[:, row]
        return moments

    def _contacts(
        self,
        out: Floats32,
        history: History,
        events: slice,
        instant: Ints,
        moments: Ints,
        treatment: Whole,
    ) -> None:
        n = events.stop - events.start
        contact = np.flatnonzero(history.kind[events] == Kind.CONTACT)
        keys = self._keys(history, events, contact)
        base = self._groups(treatment) * (n + 1)
        found = keys.searchsorted(base[:, None] + moments)
        counts = found[:, :1] - found[:, 1:]
        out[:, 5:8] = counts[0].T
        out[:, 9:11] = counts[1, 1:].T
        latest = np.where(counts[:, 0] > 0, keys[found[:, 0] - 1] - base, 0)
        days = (instant - history.occurred_at[events][latest]) / DAY_MS
        out[:, 12:14] = np.where(counts[:, 0] > 0, days, np.nan).T

    def _positives(
        self, out: Floats32, history: History, events: slice, moments: Ints, treatment: Whole
    ) -> None:
        n = events.stop - events.start
        keys = self._keys(history, events, np.flatnonzero(self._events.positive(history, events)))
        base = self._groups(treatment) * (n + 1)
        found = keys.searchsorted(base[:, None] + moments[:2])
        out[:, 8:12:3] = (found[:, 0] - found[:, 1]).T

    def _keys(self, history: History, events: slice, chosen: NDArray[np.intp]) -> Ints:
        """Sorted keys (group, event) of the chosen events, once by action and once by channel.

        Events without the one or the other get a group below all that are asked for. The last key is
        above all others, so that there always is one.
        """
        n = events.stop - events.start
        action, channel = history.action[events][chosen], history.channel[events][chosen]
        groups = np.concatenate([action, np.where(channel < 0, -1, channel + self._n_actions)])
        keys = np.append(groups * np.int64(n + 1) + np.concatenate([chosen, chosen]), np.iinfo(np.int64).max)
        keys.sort()
        return keys

    def _groups(self, treatment: Whole) -> Ints:
        """Shape (2, m): the group of the treatment's action and of its channel."""
        return np.stack([self._action[treatment], self._channel[treatment] + self._n_actions])


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
