"""The moments of a delivery window outside quiet hours.

Knows a request's window and the customer's clock; knows nothing of limits or scores.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models.arrays import Ints, Mask
from models.domain.actions import Channel
from models.domain.clock import utc_offset_ms
from models.domain.decision import DecisionRequest
from models.domain.history import DAY_MS, to_ms
from models.domain.journey import Journey
from models.policy.eligibility.contact import is_quiet

STEP_MS: Final = 1_800_000
"""Half an hour: moments of a window lie so far apart."""

LONGEST_DAYS: Final = 31
"""A window is looked at no further than this."""


def moments(request: DecisionRequest) -> Ints:
    """The times to choose from, ascending: the beginning of the window, then every half hour, shape (n,).

    None lies before the decision; empty if the window is over, or if none was asked for.
    """
    if request.window is None:
        return np.zeros(0, dtype=np.int64)
    first = max(to_ms(request.window[0]), to_ms(request.decided_at))
    last = min(to_ms(request.window[1]), first + LONGEST_DAYS * DAY_MS)
    if last < first:
        return np.zeros(0, dtype=np.int64)
    following = np.arange(first // STEP_MS + 1, last // STEP_MS + 1, dtype=np.int64) * STEP_MS
    return np.concatenate([np.array([first], dtype=np.int64), following])


def outside_quiet_hours(channel: Channel, local_ms: Ints) -> Mask:
    """Which moments of the customer's clock are outside the channel's quiet hours, shape (n,)."""
    hours = channel.quiet_hours
    if hours is None or channel.inbound:
        return np.ones(len(local_ms), dtype=np.bool_)
    return np.array([not is_quiet(hours, moment) for moment in local_ms.tolist()], dtype=np.bool_)


def local_times(journey: Journey, request: DecisionRequest, times: Ints) -> Ints:
    """The moments on the customer's clock."""
    return times + utc_offset_ms(request.customer.time_zone or journey.time_zone, times)
