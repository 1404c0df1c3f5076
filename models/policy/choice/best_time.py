"""The best moment of a window to deliver an outbound treatment.

Looks at every half hour of the window that quiet hours, contact limits and the action's period allow, and
takes the one at which a response is likeliest by the model's own calendar features (hour, weekday, month);
the earliest of equals. Everything else of the customer stays as it is now. Computed only when asked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.domain.decision import DecisionRequest
from models.domain.history import HOUR_MS, to_ms
from models.learned.features.situations import Situations
from models.policy.eligibility.contact import ContactLimits
from models.policy.eligibility.contact_record import ActionRecord
from models.policy.eligibility.delivery_window import local_times, moments, outside_quiet_hours
from models.policy.engine import Engine

WINDOW: Final = timedelta(days=7)
"""Where the best time is looked for if no window is given."""


def best_time(
    engine: Engine,
    request: DecisionRequest,
    situations: Situations,
    record: ActionRecord,
    treatment: int,
) -> int | None:
    """Milliseconds since 1970 UTC of the best moment.

    None if there is none, or the treatment is inbound.

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
    times = times[outside_quiet_hours(channel, local_times(engine.journey, request, times))]
    times = times[_within_limits(engine.eligibility.limits, record, times, treatment)]
    if not len(times):
        return None
    return int(times[np.argmax(_propensities(engine, request, situations, times, treatment))])


def _within_limits(limits: ContactLimits, record: ActionRecord, times: Ints, treatment: int) -> Mask:
    members = limits.members[:, treatment]
    if not members.any():
        return np.ones(len(times), dtype=np.bool_)
    fits = [(limits.headroom(replace(record, instant=at))[members] > 0).all() for at in times.tolist()]
    return np.array(fits, dtype=np.bool_)


def _propensities(
    engine: Engine, request: DecisionRequest, situations: Situations, times: Ints, treatment: int
) -> Floats:
    """Of the treatment at each moment: only the calendar moves, so each hour of a week is scored once."""
    hours, which = np.unique(local_times(engine.journey, request, times) // HOUR_MS, return_inverse=True)
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
        local_ms=hours * HOUR_MS,
    )
    codes = np.full(n, treatment, dtype=np.int64)
    propensity = engine.estimator.estimate(moved, np.arange(n), codes).propensity
    return np.asarray(propensity[which])
