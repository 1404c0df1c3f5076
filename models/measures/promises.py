"""What the models promised and what came, week by week.

Of treatments that were delivered and whose response window is over: the mean propensity, as the model had it
before any update, against the share that responded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Records
from models.measures.apprentice import by_callers
from models.measures.customers import within
from models.measures.intervals import Interval, once
from models.measures.log.records import customers_in

FEWEST: Final = 20
"""Contacts of a week below which nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekOfPromises:
    """A week. ``happened`` None: too few contacts, or their windows are open."""

    since: int
    until: int
    contacts: int
    customers: int
    promised: float | None
    happened: Interval | None


def judged_contacts(decisions: Records, now: int) -> Records:
    """Contacts of ours with a propensity, whose response window is over."""
    found: Records = decisions[
        (decisions["delivered"] > 0)
        & ~np.isnan(decisions["propensity"])
        & (decisions["until"] <= now)
        & ~by_callers(decisions)
    ]
    return found


def promises_by_week(contacts: Records, begins: Sequence[int], end: int) -> tuple[WeekOfPromises, ...]:
    """One row a week; ``begins``: their first moments (ms), ``end``: of the last one."""
    ends = [*begins[1:], end]
    return tuple(
        _week(within(contacts, since, until), since, until) for since, until in zip(begins, ends, strict=True)
    )


def response_rate(contacts: Records) -> Interval:
    """The share of contacts that responded; contacts of one customer count together."""
    _, owner = np.unique(contacts["customer"], return_inverse=True)
    responded = contacts["responded"].astype(np.float64)
    share = float(responded.mean())
    influence = np.bincount(owner, weights=(responded - share) / len(responded))
    found = once(share, float(influence @ influence))
    return Interval(value=share, low=max(found.low, 0.0), high=min(found.high, 1.0))


def _week(contacts: Records, since: int, until: int) -> WeekOfPromises:
    customers = customers_in(contacts)
    enough = len(contacts) >= FEWEST
    happened = None
    if enough:
        happened = response_rate(contacts)
    return WeekOfPromises(
        since=since,
        until=until,
        contacts=len(contacts),
        customers=customers,
        promised=float(contacts["propensity"].mean()) if enough else None,
        happened=happened,
    )
