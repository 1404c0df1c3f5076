"""The customer's columns: what happened lately, how long ago, where they stand, who they are.

One table of running counts (events × places) and one of latest events serve every count and recency of
every moment; there is no loop over columns. All arithmetic is on integers until the last step, which is
a division or a cast, so that one situation at a time equals all at once, bit for bit.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.domain.history import DAY_MS, Ints
from models.domain.spans import Rows, spans
from models.learned.event_columns import CONTACTS, TOUCHPOINTS, EventColumns
from models.learned.feature_spec import CONTACT_WINDOWS_DAYS, FeatureSpec
from models.learned.situations import Situations

Floats32 = NDArray[np.float32]

_HOUR_MS: Final = 3_600_000
_MONDAY: Final = 3  # 1970-01-01 was a Thursday


class CustomerFeatures:
    """Builds the matrix of ``spec.customer_names``; everything about columns is settled here, once."""

    __slots__ = ("_calendar", "_contact_windows", "_events", "_n", "_recency", "_spec_windows", "_windows")

    def __init__(self, spec: FeatureSpec, events: EventColumns, windows: tuple[float, ...]) -> None:
        """``windows``: those behind the columns of ``Situations.window_start``, in days."""
        names = spec.customer_names
        self._events = events
        self._n = len(names)
        self._recency = names.index("tenure_days")
        self._windows = self._recency + 1 + events.channels  # a recency for each place before the channels
        self._calendar = names.index("hour")
        self._contact_windows = [windows.index(days) for days in CONTACT_WINDOWS_DAYS]
        self._spec_windows = [windows.index(days) for days in spec.windows_days]

    def build(self, situations: Situations) -> Floats32:
        """Shape (n, F), float32; nan is missing or never."""
        out = np.empty((len(situations), self._n), dtype=np.float32)
        for first, last, rows in spans(situations.history.start, situations.customer):
            if isinstance(rows, slice):
                self._fill(out[rows], situations, first, last, rows)
            else:
                block = np.empty((len(rows), self._n), dtype=np.float32)
                self._fill(block, situations, first, last, rows)
                out[rows] = block
        return out

    def _fill(self, out: Floats32, situations: Situations, first: int, last: int, rows: Rows) -> None:
        """All columns of ``rows``, whose customers are ``first`` to ``last``."""
        history = situations.history
        events = slice(int(history.start[first]), int(history.start[last]))
        end = situations.end[rows] - events.start
        begin = history.start[situations.customer[rows]] - events.start
        instant = situations.instant[rows]
        times = history.occurred_at[events]
        counts, latest = self._tables(situations, events)
        cents = np.concatenate([[0], np.cumsum(history.value_cents[events])])
        windows = situations.window_start[rows] - events.start
        self._phases(out, situations, rows)
        self._counts(out, counts, begin, end, windows)
        asked = np.empty((len(end), 1 + self._events.channels), dtype=np.int64)
        asked[:, 0] = np.minimum(begin + 1, end)
        asked[:, 1:] = latest[end]
        out[:, self._recency : self._windows] = _days_since(times, asked, begin, instant)
        self._window_counts(out, counts, cents, end, windows)
        self._calendar_and_attributes(out, situations, rows)

    def _tables(self, situations: Situations, events: slice) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Before event i of the group: counts[i] a place, latest[i] one past the latest event there."""
        places = self._events.places(situations.history, events)
        n = places.shape[1]
        numbers = np.arange(1, n + 1, dtype=np.int32)
        counts = np.zeros((n + 1, self._events.nowhere + 1), dtype=np.int32)
        counts[numbers, places] = 1
        latest = counts[:, : self._events.channels] * np.arange(n + 1, dtype=np.int32)[:, None]
        np.cumsum(counts, axis=0, out=counts)
        np.maximum.accumulate(latest, axis=0, out=latest)
        return counts, latest

    def _phases(self, out: Floats32, situations: Situations, rows: Rows) -> None:
        lags = situations.phase_lags[rows]
        out[:, 0] = situations.phase[rows]
        out[:, 1:3] = np.where(lags < 0, np.nan, lags)
        out[:, 3] = (situations.instant[rows] - situations.phase_since[rows]) / DAY_MS
        out[:, 4] = situations.phases_entered[rows]

    def _counts(
        self, out: Floats32, counts: NDArray[np.int32], begin: Ints, end: Ints, windows: Ints
    ) -> None:
        week, month = self._contact_windows
        contacts = counts[end, CONTACTS]
        out[:, 5] = end - begin
        out[:, 6] = contacts - counts[windows[:, week], CONTACTS]
        out[:, 7] = contacts - counts[windows[:, month], CONTACTS]
        out[:, 8] = contacts - counts[begin, CONTACTS]
        out[:, 9] = counts[end, self._events.positives] - counts[begin, self._events.positives]

    def _window_counts(
        self, out: Floats32, counts: NDArray[np.int32], cents: Ints, end: Ints, windows: Ints
    ) -> None:
        """Per window: touchpoints, each named one, each channel; then the value in EUR."""
        places = slice(TOUCHPOINTS, self._events.positives)
        until, until_cents = counts[end, places], cents[end]
        left = self._windows
        for window in self._spec_windows:
            start = windows[:, window]
            right = left + places.stop - places.start
            out[:, left:right] = until - counts[start, places]
            out[:, right] = (until_cents - cents[start]) / 100
            left = right + 1

    def _calendar_and_attributes(self, out: Floats32, situations: Situations, rows: Rows) -> None:
        local = situations.local_ms[rows]
        out[:, self._calendar] = local // _HOUR_MS % 24
        out[:, self._calendar + 1] = (local // DAY_MS + _MONDAY) % 7
        out[:, self._calendar + 2] = _month(local)
        out[:, self._calendar + 3 :] = situations.attributes[rows]


def _days_since(times: Ints, latest: Ints, begin: Ints, instant: Ints) -> NDArray[np.float64]:
    """Days from event ``latest - 1``; nan where that is none of the customer's, whose first is ``begin``."""
    if not len(times):
        return np.full(latest.shape, np.nan)
    days = (instant[:, None] - times[latest - 1]) / DAY_MS
    days[latest <= begin[:, None]] = np.nan
    return days


def _month(local_ms: Ints) -> Ints:
    months: Ints = local_ms.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    return months % 12 + 1
