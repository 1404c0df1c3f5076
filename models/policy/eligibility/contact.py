"""How often, and when, a customer may be disturbed.

Knows a customer's contacts and the limits of the journey file; knows nothing of rules, scores or
who else is contacted.

A limit counts *contacts* (delivered decisions and touchpoints that the journey file calls contacts) in
the rolling window that ends at the decision: a contact exactly ``window_days`` ago has left it. Contacts
that are known to lie ahead (of the same millisecond, or of a decision dated back) count like those behind,
so that no window anywhere holds more than the limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from functools import lru_cache

import numpy as np

from models.arrays import Ints, Mask
from models.domain.actions import ContactLimit, LimitOf, QuietHours
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.contact_record import ActionRecord


@dataclass(frozen=True, slots=True)
class ContactLimits:
    """The limits of a journey as arrays, compiled once.

    Attributes:
        limits: the L limits of the journey file.
        count, window_ms: shape (L,). At most so many in any such window.
        longest_ms: the longest of the windows.
        counting: action code and channel code of a contact → the limits that count it.
        members: shape (L, T). Whether choosing this treatment counts.
        of_account: positions of the limits that count contacts with anybody of the customer's account.
    """

    limits: tuple[ContactLimit, ...]
    count: Ints
    window_ms: tuple[int, ...]
    longest_ms: int
    counting: Mapping[tuple[int, int], tuple[int, ...]]
    members: Mask
    of_account: tuple[int, ...] = ()

    @classmethod
    def compile(cls, journey: Journey, catalogue: Catalogue | None = None) -> ContactLimits:
        """Resolves the names in the limits of ``journey``."""
        limits = journey.contact_limits
        shape = (len(limits), len(journey.actions) + 1, len(journey.channels) + 1)  # the last one: none
        counted = np.ones(shape, dtype=np.bool_)
        for index, limit in enumerate(limits):
            counted[index] = _actions_of(journey, limit)[:, None] & _channels_of(journey, limit)[None, :]
        catalogue = Catalogue.of(journey) if catalogue is None else catalogue
        members = counted[:, catalogue.action, catalogue.channel]
        members[:, 0] = False
        window_ms = tuple(round(limit.window_days * DAY_MS) for limit in limits)
        return cls(
            limits=limits,
            count=np.array([limit.count for limit in limits], dtype=np.int64),
            window_ms=window_ms,
            longest_ms=max(window_ms, default=0),
            counting=_counting(counted),
            members=members,
            of_account=tuple(i for i, limit in enumerate(limits) if limit.per is LimitOf.ACCOUNT),
        )

    def headroom(self, record: ActionRecord) -> Ints:
        """How many more contacts each limit admits at the moment of ``record``.

        Limits of accounts do not bind customers without one.

        Returns:
            shape (L,). Zero or less: exhausted.
        """
        room = self.count.tolist()
        for at, action, channel in reversed(record.delivered):
            age = record.instant - at
            if age >= self.longest_ms:
                break
            for index in self.counting[action, channel]:
                if -self.window_ms[index] < age < self.window_ms[index]:
                    room[index] -= 1
        if self.of_account:
            self._count_account(room, record)
        return np.array(room, dtype=np.int64)

    def _count_account(self, room: list[int], record: ActionRecord) -> None:
        """Count contacts with the other people of the account, where a limit is the account's."""
        if record.colleagues is None:
            for index in self.of_account:
                room[index] = self.limits[index].count
            return
        for at, action, channel in record.colleagues:
            age = abs(record.instant - at)
            for index in self.counting[action, channel]:
                if index in self.of_account and age < self.window_ms[index]:
                    room[index] -= 1


def _counting(counted: Mask) -> dict[tuple[int, int], tuple[int, ...]]:
    """Action and channel, -1 for none → the limits that count it; most actions share theirs."""
    by_pair = np.moveaxis(counted, 0, 2).tolist()
    actions, channels = len(by_pair) - 1, len(by_pair[0]) - 1
    known: dict[tuple[bool, ...], tuple[int, ...]] = {}
    counting = {}
    for action in range(-1, actions):
        for channel in range(-1, channels):
            held = tuple(by_pair[action][channel])
            if held not in known:
                known[held] = tuple(index for index, one in enumerate(held) if one)
            counting[action, channel] = known[held]
    return counting


def is_quiet(hours: QuietHours, local_ms: int) -> bool:
    """Whether it is quiet: from ``start`` (included) to ``end`` (not) by the customer's own clock.

    Args:
        local_ms: milliseconds since 1970 on the customer's wall clock, so that daylight saving is
            already in it. ``start`` equal to ``end`` means the whole day.
    """
    return is_within(quiet_span(hours), local_ms)


def is_within(span: tuple[int, int], local_ms: int) -> bool:
    """Whether a moment is within ``quiet_span``."""
    clock = local_ms % DAY_MS
    start, end = span
    if start < end:
        return start <= clock < end
    return clock >= start or clock < end


@lru_cache(maxsize=256)
def quiet_span(hours: QuietHours) -> tuple[int, int]:
    """Beginning and end in milliseconds since midnight."""
    return _millisecond(hours.start), _millisecond(hours.end)


def _millisecond(moment: time) -> int:
    """Milliseconds since midnight."""
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1000 + moment.microsecond // 1000


def _actions_of(journey: Journey, limit: ContactLimit) -> Mask:
    """Which actions a limit counts, shape (A + 1,).

    A contact without an action has no name or group.
    """
    named = np.array(_named([a.name for a in journey.actions], limit.actions))
    grouped = np.array(_named([a.group for a in journey.actions], limit.groups))
    return np.asarray(named & grouped)


def _channels_of(journey: Journey, limit: ContactLimit) -> Mask:
    return np.array(_named([c.name for c in journey.channels], limit.channels))


def _named(names: Sequence[str | None], wanted: tuple[str, ...]) -> list[bool]:
    return [not wanted or name in wanted for name in [*names, None]]
