"""Events of many customers as they happen.

Columns that can be joined, sorted, stored and read as a history. Knows what an event is; knows nothing of why
it happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from models.arrays import Ints
from models.domain.history import History

NO_TIME = np.iinfo(np.int64).min
NEVER = np.iinfo(np.int64).min // 2
FOREVER = np.iinfo(np.int64).max // 2
DELIVERY_MS = 60_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Events:
    """Columns like those of ``History``, plus the customer.

    All codes, -1 for none.
    """

    customer: Ints
    occurred_at: Ints
    kind: Ints
    channel: Ints
    touchpoint: Ints
    action: Ints
    phase: Ints

    def __len__(self) -> int:
        return len(self.customer)

    def sorted(self) -> Events:
        """By customer, then time; ties keep their order."""
        order = np.lexsort((self.occurred_at, self.customer))
        return Events(**{f.name: getattr(self, f.name)[order] for f in fields(self)})


def make_events(customer: Ints, occurred_at: Ints, touchpoint: Ints | int, **columns: Ints | int) -> Events:
    """Events from arrays and constants; what is not named is none, and ``kind`` a touchpoint."""
    values = {"kind": 0, "channel": -1, "action": -1, "phase": -1, "touchpoint": touchpoint} | columns
    spread = {k: np.broadcast_to(np.asarray(v, dtype=np.int64), customer.shape) for k, v in values.items()}
    return Events(customer=customer, occurred_at=occurred_at, **spread)


def no_events() -> Events:
    """Nothing happened."""
    empty = np.empty(0, dtype=np.int64)
    return make_events(empty, empty, empty)


def join(parts: Sequence[Events]) -> Events:
    """All events of the parts, in order of the parts."""
    return Events(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Events)})


class GrowingHistory:
    """A ``History`` that grows step by step.

    Each append costs one copy, no sorting of what is there.
    """

    def __init__(self, n_customers: int, touchpoints: tuple[str, ...]) -> None:
        empty = np.empty(0, dtype=np.int64)
        self._n = n_customers
        self._touchpoints = touchpoints
        self._count = np.zeros(n_customers, dtype=np.int64)
        self._events = Events(**{f.name: empty for f in fields(Events)})

    def append(self, events: Events) -> None:
        """Add events, none earlier than what its customer already has."""
        new = events.sorted()
        count = np.bincount(new.customer, minlength=self._n)
        start = np.concatenate(([0], np.cumsum(self._count)))[:-1]
        shift = np.concatenate(([0], np.cumsum(count)))[:-1]
        old_at = np.arange(len(self._events)) + shift[self._events.customer]
        new_at = np.arange(len(new)) + (start + self._count)[new.customer]
        total = len(self._events) + len(new)
        merged: dict[str, Ints] = {}
        for f in fields(Events):
            column = np.empty(total, dtype=np.int64)
            column[old_at] = getattr(self._events, f.name)
            column[new_at] = getattr(new, f.name)
            merged[f.name] = column
        self._events = Events(**merged)
        self._count += count

    def history(self) -> History:
        """All that has happened so far."""
        e = self._events
        return History(
            start=np.concatenate(([0], np.cumsum(self._count))),
            occurred_at=e.occurred_at,
            kind=e.kind.astype(np.int8),
            channel=e.channel.astype(np.int32),
            touchpoint=e.touchpoint.astype(np.int32),
            action=e.action.astype(np.int32),
            phase=e.phase.astype(np.int32),
            value_cents=np.zeros(len(e), dtype=np.int64),
            touchpoints=self._touchpoints,
        )
