"""Contact limits and quiet hours: how often, and when, a customer may be disturbed.

Knows the contacts in a history and the limits of the journey file; knows nothing of rules, scores or
who else is contacted.

A limit counts *contacts* (delivered decisions and touchpoints that the journey file calls contacts) in
the rolling window that ends at the decision: a contact exactly ``window_days`` ago has left it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

import numpy as np
from numpy.typing import NDArray

from models.domain.history import DAY_MS, History, Ints
from models.domain.interaction import Kind
from models.domain.journey import ContactLimit, Journey, QuietHours
from models.policy.catalogue import Catalogue

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ContactLimits:
    """The limits of a journey as arrays, compiled once.

    Attributes:
        limits: the L limits of the journey file.
        count, window_ms: shape (L,). At most so many in any such window.
        counted: shape (L, A + 1, C + 1). Whether a contact with this action on this channel counts;
            the last position of either axis stands for "none".
        members: shape (L, T). Whether choosing this treatment counts.
    """

    limits: tuple[ContactLimit, ...]
    count: Ints
    window_ms: Ints
    counted: Bools
    members: Bools

    @classmethod
    def compile(cls, journey: Journey) -> ContactLimits:
        """Resolves the names in the limits of ``journey``."""
        limits = journey.contact_limits
        shape = (len(limits), len(journey.actions) + 1, len(journey.channels) + 1)
        counted = np.ones(shape, dtype=np.bool_)
        for index, limit in enumerate(limits):
            counted[index] = _actions_of(journey, limit)[:, None] & _channels_of(journey, limit)[None, :]
        catalogue = Catalogue.of(journey)
        members = counted[:, catalogue.action, catalogue.channel]
        members[:, 0] = False
        return cls(
            limits=limits,
            count=np.array([limit.count for limit in limits], dtype=np.int64),
            window_ms=np.array([round(limit.window_days * DAY_MS) for limit in limits], dtype=np.int64),
            counted=counted,
            members=members,
        )

    def headroom(self, history: History, customer: int, end: int, instant: int) -> Ints:
        """How many more contacts each limit admits at a moment.

        Args:
            customer: which customer of ``history``.
            end: index of their first event that is not strictly before ``instant``.
            instant: milliseconds since 1970 UTC.

        Returns:
            shape (L,). Zero or less: exhausted.
        """
        begin = int(history.start[customer])
        events = np.flatnonzero(history.kind[begin:end] == Kind.CONTACT) + begin
        if not len(events):
            return self.count
        recent = instant - history.occurred_at[events] < self.window_ms[:, None]
        counted = self.counted[:, history.action[events], history.channel[events]]
        room: Ints = self.count - np.count_nonzero(recent & counted, axis=1)
        return room


def is_quiet(hours: QuietHours, local_ms: int) -> bool:
    """Whether it is quiet: from ``start`` (included) to ``end`` (not) by the customer's own clock.

    Args:
        local_ms: milliseconds since 1970 on the customer's wall clock, so that daylight saving is
            already in it. ``start`` equal to ``end`` means the whole day.
    """
    clock = local_ms % DAY_MS
    start, end = _millisecond(hours.start), _millisecond(hours.end)
    if start < end:
        return start <= clock < end
    return clock >= start or clock < end


def _millisecond(moment: time) -> int:
    """Milliseconds since midnight."""
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1000 + moment.microsecond // 1000


def _actions_of(journey: Journey, limit: ContactLimit) -> Bools:
    """Which actions a limit counts, shape (A + 1,); a contact without an action has no name or group."""
    named = np.array(_named([a.name for a in journey.actions], limit.actions))
    grouped = np.array(_named([a.group for a in journey.actions], limit.groups))
    return np.asarray(named & grouped)


def _channels_of(journey: Journey, limit: ContactLimit) -> Bools:
    return np.array(_named([c.name for c in journey.channels], limit.channels))


def _named(names: Sequence[str | None], wanted: tuple[str, ...]) -> list[bool]:
    return [not wanted or name in wanted for name in [*names, None]]
