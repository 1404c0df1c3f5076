"""The customer's columns.

What happened lately, how long ago, where they stand, who they are. One table of running counts (events ×
places) and one of latest events serve every count and recency of every moment; there is no loop over columns.
All arithmetic is on integers until the last step, which is a division or a cast, so that one situation at a
time equals all at once, bit for bit.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models import kernel
from models.arrays import Codes, Floats, Floats32, Ints
from models.domain.history import DAY_MS, HOUR_MS, History
from models.domain.spans import Rows, spans
from models.learned.features.event_columns import CONTACTS, TOUCHPOINTS, EventColumns, pack
from models.learned.features.folded import add_to_customer
from models.learned.features.situations import Situations, moment_of
from models.learned.features.spec import CONTACT_WINDOWS_DAYS, FeatureSpec

# Where columns stand that every spec has, in the order of ``feature_spec``: phase and its two lags,
# dwell_days and phases_entered come first.
_EVENTS: Final = 5
_CONTACTS: Final = 6  # in each of the contact windows, then in all
_POSITIVES: Final = 9

_NO_TIME: Final = np.zeros(1, dtype=np.int64)
_MONDAY: Final = 3  # 1970-01-01 was a Thursday


class CustomerFeatures:
    """Builds the matrix of ``spec.customer_names``; everything about columns is settled here, once."""

    __slots__ = (
        "_calendar",
        "_contact_windows",
        "_events",
        "_layout",
        "_n",
        "_recency",
        "_spec_windows",
        "_window_index",
        "_windows",
    )

    def __init__(self, spec: FeatureSpec, events: EventColumns, windows: tuple[float, ...]) -> None:
        """``windows``: those behind the columns of ``Situations.window_start``, in days."""
        names = spec.customer_names
        self._events = events
        self._n = len(names)
        self._recency = names.index("tenure_days")
        self._windows = self._recency + 1 + events.channels  # a recency for each place before the channels
        self._calendar = names.index("hour")
        self._contact_windows = [*(windows.index(days) for days in CONTACT_WINDOWS_DAYS), -1]
        chosen = [windows.index(days) for days in spec.windows_days]
        self._spec_windows = slice(len(windows)) if len(chosen) == len(windows) else chosen
        contacts = [index % (len(windows) + 1) for index in self._contact_windows]
        self._window_index = (pack("q", *contacts), pack("q", *chosen))
        self._layout = pack("q", events.nowhere + 1, events.channels, events.positives, self._calendar)

    def build(self, situations: Situations) -> Floats32:
        """Shape (n, F), float32; nan is missing or never."""
        history = situations.history
        if history.folded is None:
            return self._of_events(situations)
        if len(situations) > 1:
            rows = [self.build(situations.take(slice(i, i + 1))) for i in range(len(situations))]
            return np.concatenate(rows)
        out = self._of_events(situations)
        layout = (_EVENTS, _CONTACTS + len(CONTACT_WINDOWS_DAYS), _POSITIVES, self._recency)
        add_to_customer(out, layout, self._events, history, int(situations.instant[0]))
        return out

    def _of_events(self, situations: Situations) -> Floats32:
        if kernel.native is not None and len(situations) == 1:
            return self._one(situations)
        out = np.empty((len(situations), self._n), dtype=np.float32)
        for first, last, rows in spans(situations.history.start, situations.customer):
            if isinstance(rows, slice):
                self._fill(out[rows], situations, first, last, rows)
            else:
                block = np.empty((len(rows), self._n), dtype=np.float32)
                self._fill(block, situations, first, last, rows)
                out[rows] = block
        return out

    def _one(self, situations: Situations) -> Floats32:
        """The same of a single situation, by the compiled kernel."""
        events, out = self._events, np.empty((1, self._n), dtype=np.float32)
        known = events.lookups(situations.history.touchpoints)
        kernel.native.customer_features(
            *moment_of(situations), events.of_kind, events.of_channel, known.named, known.positive,
            *self._window_index, self._layout, np.ascontiguousarray(situations.attributes), out,
        )  # fmt: skip
        return out

    def _fill(self, out: Floats32, situations: Situations, first: int, last: int, rows: Rows) -> None:
        """All columns of ``rows``, whose customers are ``first`` to ``last``."""
        history = situations.history
        events = slice(int(history.start[first]), int(history.start[last]))
        counts, latest = self._tables(history, events)
        end = situations.end[rows] - events.start
        starts = np.empty((len(end), situations.window_start.shape[1] + 1), dtype=np.int64)
        starts[:, :-1] = situations.window_start[rows]
        starts[:, -1] = history.start[situations.customer[rows]]
        starts -= events.start
        since = counts[end][:, None] - counts[starts]
        self._phases(out, situations, rows)
        out[:, _EVENTS] = end - starts[:, -1]
        for column, window in enumerate(self._contact_windows, start=_CONTACTS):
            out[:, column] = since[:, window, CONTACTS]
        out[:, _POSITIVES] = since[:, -1, self._events.positives]
        self._recencies(
            out, latest, history.occurred_at[events], starts[:, -1], end, situations.instant[rows]
        )
        self._window_counts(out, since, self._value(history, events, starts, end))
        self._calendar_and_attributes(out, situations, rows)

    def _tables(self, history: History, events: slice) -> tuple[Codes, Codes]:
        """Before event i of the group: counts[i] a place, latest[i] one past the latest event there."""
        places = self._events.places(history, events)
        numbers = np.arange(places.shape[1] + 1, dtype=np.int32)
        counts = np.zeros((len(numbers), self._events.nowhere + 1), dtype=np.int32)
        counts[numbers[1:], places] = 1
        latest = counts[:, : self._events.channels] * numbers[:, None]
        counts.cumsum(axis=0, out=counts)
        np.maximum.accumulate(latest, axis=0, out=latest)
        return counts, latest

    def _phases(self, out: Floats32, situations: Situations, rows: Rows) -> None:
        lags = situations.phase_lags[rows]
        out[:, 0] = situations.phase[rows]
        out[:, 1:3] = np.where(lags < 0, np.nan, lags)
        out[:, 3] = (situations.instant[rows] - situations.phase_since[rows]) / DAY_MS
        out[:, 4] = situations.phases_entered[rows]

    def _recencies(
        self, out: Floats32, latest: Codes, times: Ints, begin: Ints, end: Ints, instant: Ints
    ) -> None:
        """Days since the first event and since the latest one in each place; nan if there is none."""
        event = np.empty((len(end), self._windows - self._recency), dtype=np.int64)  # one past it
        event[:, 0] = np.minimum(begin + 1, end)
        event[:, 1:] = latest[end]
        times = times if len(times) else _NO_TIME
        days = (instant[:, None] - times[event - 1]) / DAY_MS
        days[event <= begin[:, None]] = np.nan
        out[:, self._recency : self._windows] = days

    def _value(self, history: History, events: slice, starts: Ints, end: Ints) -> Floats:
        """EUR since each start."""
        cents = np.zeros(events.stop - events.start + 1, dtype=np.int64)
        history.value_cents[events].cumsum(out=cents[1:])
        return (cents[end][:, None] - cents[starts]) / 100

    def _window_counts(self, out: Floats32, since: Codes, value: Floats) -> None:
        """Per window: touchpoints, each named one, each channel; then the value in EUR."""
        places = slice(TOUCHPOINTS, self._events.positives)
        width = places.stop - places.start + 1
        windows = out[:, self._windows : self._calendar].reshape(len(out), -1, width)  # a view
        windows[:, :, :-1] = since[:, :-1, places][:, self._spec_windows]
        windows[:, :, -1] = value[:, :-1][:, self._spec_windows]

    def _calendar_and_attributes(self, out: Floats32, situations: Situations, rows: Rows) -> None:
        local = situations.local_ms[rows]
        out[:, self._calendar] = local // HOUR_MS % 24
        out[:, self._calendar + 1] = (local // DAY_MS + _MONDAY) % 7
        out[:, self._calendar + 2] = _month(local)
        out[:, self._calendar + 3 :] = situations.attributes[rows]


def _month(local_ms: Ints) -> Ints:
    months: Ints = local_ms.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    return months % 12 + 1
