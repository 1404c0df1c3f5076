"""When: the best moment within a window to deliver an outbound treatment.

Looks at every half hour of the window that quiet hours, contact limits and the action's period allow, and
takes the one at which a response is likeliest by the model's own calendar features (hour, weekday, month);
the earliest of equals. Everything else of the customer stays as it is now. Computed only when asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from models.domain.clock import utc_offset_ms
from models.domain.decision import DecisionRequest
from models.domain.history import DAY_MS, Ints, to_ms
from models.learned.features.situations import Situations
from models.policy.eligibility.contact import ContactLimits, is_quiet
from models.policy.eligibility.contact_record import ActionRecord

if TYPE_CHECKING:
    from models.domain.journey import Channel
    from models.policy.scoring.scoring import Engine

Bools = NDArray[np.bool_]

STEP_MS: Final = 1_800_000
LONGEST_DAYS: Final = 31


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


def loud(channel: Channel, local_ms: Ints) -> Bools:
    """Which moments of the customer's clock are outside the channel's quiet hours, shape (n,)."""
    hours = channel.quiet_hours
    if hours is None or channel.inbound:
        return np.ones(len(local_ms), dtype=np.bool_)
    return np.array([not is_quiet(hours, moment) for moment in local_ms.tolist()], dtype=np.bool_)


def best_time(
    engine: Engine,
    request: DecisionRequest,
    situations: Situations,
    record: ActionRecord,
    treatment: int,
) -> int | None:
    """Milliseconds since 1970 UTC of the best moment; None if there is none, or the treatment is inbound.

    Args:
        situations: exactly one, as it was scored.
        record: the customer's contacts, for the limits.
        treatment: its code.
    """
    channel = engine.catalogue.channels[treatment]
    action = engine.catalogue.actions[treatment]
    if channel is None or action is None or channel.inbound:
        return None
    times = moments(request)
    if action.ends_at is not None:
        times = times[times < to_ms(action.ends_at)]
    times = times[loud(channel, local_times(engine, request, times))]
    times = times[_within_limits(engine.eligibility.limits, record, times, treatment)]
    if not len(times):
        return None
    return int(times[np.argmax(_propensities(engine, request, situations, times, treatment))])


def local_times(engine: Engine, request: DecisionRequest, times: Ints) -> Ints:
    """The moments on the customer's clock."""
    return times + utc_offset_ms(request.customer.time_zone or engine.journey.time_zone, times)


def _within_limits(limits: ContactLimits, record: ActionRecord, times: Ints, treatment: int) -> Bools:
    members = limits.members[:, treatment]
    if not members.any():
        return np.ones(len(times), dtype=np.bool_)
    fits = [(limits.headroom(replace(record, instant=at))[members] > 0).all() for at in times.tolist()]
    return np.array(fits, dtype=np.bool_)


def _propensities(
    engine: Engine, request: DecisionRequest, situations: Situations, times: Ints, treatment: int
) -> NDArray[np.float64]:
    """Of the treatment at each moment: only the calendar moves, so each hour of a week is scored once."""
    hours, which = np.unique(local_times(engine, request, times) // (2 * STEP_MS), return_inverse=True)
    n = len(hours)
    row = np.zeros(n, dtype=np.int64)
    moved = replace(
        situations,
        customer=situations.customer[row],
        instant=situations.instant[row],
        end=situations.end[row],
        phase=situations.phase[row],
        phase_since=situations.phase_since[row],
        phase_lags=situations.phase_lags[row],
        phases_entered=situations.phases_entered[row],
        window_start=situations.window_start[row],
        attributes=situations.attributes[row],
        local_ms=hours * (2 * STEP_MS),
    )
    codes = np.full(n, treatment, dtype=np.int64)
    propensity = engine.estimator.estimate(moved, np.arange(n), codes).propensity
    return np.asarray(propensity[which])
