"""Where a moment lies among each customer's events.

Knows only who owns which events (``start``) and when they happened; knows nothing of what happened.
Memory stays bounded however long the log is, and a group's size never changes a result.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import AnyInts, Ints

Rows = slice | NDArray[np.intp]

CHUNK_EVENTS: Final = 8_192  # a table of counts of so many events fits a second-level cache
CHUNK_ROWS: Final = 4_096
FIRST_MS: Final = -62_135_596_800_000  # the year 1
LAST_MS: Final = 253_402_300_800_000  # the year 10,000

_MAX_CUSTOMERS: Final = 2**62 // (2 * (LAST_MS - FIRST_MS))  # customer × time span stays within int64


def spans(
    start: Ints, customer: AnyInts, *, events: int = CHUNK_EVENTS, rows: int = CHUNK_ROWS
) -> Iterator[tuple[int, int, Rows]]:
    """Cut rows into groups that need few customers at a time.

    Args:
        start: shape (n_customers + 1,). Customer i owns the events ``start[i]:start[i + 1]``.
        customer: shape (n,). The customer of each row, in any order.
        events: how many events one group may touch (more if a single customer has more).
        rows: how many rows one group may have.

    Yields:
        First customer, one past the last customer, and the rows of ``customer`` between them.
    """
    n, n_customers = len(customer), len(start) - 1
    if n <= rows and start[-1] <= events and n_customers <= _MAX_CUSTOMERS:
        if n:
            yield 0, n_customers, slice(0, n)
        return
    order = None if bool((customer[1:] >= customer[:-1]).all()) else np.argsort(customer, kind="stable")
    ascending = customer if order is None else customer[order]
    begin = 0
    while begin < n:
        first = int(ascending[begin])
        last = int(np.searchsorted(start, int(start[first]) + events, side="right")) - 1
        last = min(max(last, first + 1), first + _MAX_CUSTOMERS)
        stop = min(int(np.searchsorted(ascending, last)), begin + rows)
        yield first, int(ascending[stop - 1]) + 1, slice(begin, stop) if order is None else order[begin:stop]
        begin = stop


def find_ends(start: Ints, occurred_at: Ints, customer: AnyInts, instant: Ints) -> Ints:
    """Index of each customer's first event that is not strictly before the moment.

    Args:
        start: shape (n_customers + 1,). Customer i owns the events ``start[i]:start[i + 1]``.
        occurred_at: shape (n_events,). Ascending within each customer.
        customer: shape (n,).
        instant: shape (n,) or (n, w). Same unit as ``occurred_at``.

    Returns:
        Shape of ``instant``, int64; ``start[customer + 1]`` where no such event exists.
    """
    if len(start) == 2:
        return occurred_at.searchsorted(instant)
    found = np.empty(instant.shape, dtype=np.int64)
    for first, last, rows in spans(start, customer):
        own = start[first : last + 1]
        found[rows] = _find(own, occurred_at[own[0] : own[-1]], customer[rows] - first, instant[rows])
    return found


def _find(start: Ints, times: Ints, customer: AnyInts, instant: Ints) -> Ints:
    """One binary search over keys that ascend across customers."""
    if not len(times):
        return np.full(instant.shape, start[0], dtype=np.int64)
    low = int(times.min())
    span = int(times.max()) - low + 2
    owner = np.repeat(np.arange(len(start) - 1, dtype=np.int64), np.diff(start))
    base = customer.astype(np.int64) * span
    wanted = np.clip(instant - low, 0, span - 1) + (base if instant.ndim == 1 else base[:, None])
    keys = owner * span + (times - low)
    ends: Ints = start[0] + keys.searchsorted(wanted)
    return ends
