"""Moments of a delivery window: its beginning, then every half hour, outside quiet hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import numpy as np

from models.domain.actions import Channel, QuietHours
from models.domain.history import to_ms
from models.domain.journey import Journey
from models.policy.eligibility.delivery_window import (
    LONGEST_DAYS,
    STEP_MS,
    local_times,
    moments,
    outside_quiet_hours,
)
from tests.models.policy.deciding import Ask

HOUR = 3_600_000


def test_a_window_begins_at_its_beginning_and_goes_on_by_the_half_hour(ask: Ask, now: datetime) -> None:
    """From 11:10 to 12:30: 11:10, 11:30, 12:00 and 12:30."""
    begin = now + timedelta(minutes=10)
    times = moments(ask(window=(begin, now + timedelta(minutes=90))))

    assert ((times - to_ms(now)) // 60_000).tolist() == [10, 30, 60, 90]


def test_no_moment_lies_before_the_decision(ask: Ask, now: datetime) -> None:
    times = moments(ask(window=(now - timedelta(days=1), now + timedelta(minutes=30))))

    assert times.tolist() == [to_ms(now), to_ms(now) + STEP_MS]


def test_a_window_that_is_over_or_was_not_asked_for_has_no_moments(ask: Ask, now: datetime) -> None:
    over = (now - timedelta(days=2), now - timedelta(days=1))

    assert len(moments(ask(window=over))) == 0
    assert len(moments(ask())) == 0


def test_a_window_is_looked_at_for_a_month_at_most(ask: Ask, now: datetime) -> None:
    times = moments(ask(window=(now, now + timedelta(days=400))))

    assert times[-1] == to_ms(now) + LONGEST_DAYS * 24 * HOUR


def test_quiet_hours_are_by_the_clock_and_never_of_inbound_channels() -> None:
    """Quiet from 22 to 6: at 5, 6, 21 and 22 o'clock only six and nine in the evening are left."""
    clock = np.array([5, 6, 21, 22]) * HOUR
    hours = QuietHours(start=time(22), end=time(6))
    mail = Channel(name="email", label="E-mail", quiet_hours=hours)
    web = Channel(name="web", label="Web", quiet_hours=hours, inbound=True)

    assert outside_quiet_hours(mail, clock).tolist() == [False, True, True, False]
    assert outside_quiet_hours(web, clock).all()
    assert outside_quiet_hours(Channel(name="sms", label="SMS"), clock).all()


def test_the_clock_is_the_customers_else_the_journeys(tiny_journey: Journey, ask: Ask, now: datetime) -> None:
    """In November Berlin is one hour ahead of UTC, New York five behind."""
    times = np.array([to_ms(now)])

    assert local_times(tiny_journey, ask(), times) - times == HOUR
    assert local_times(tiny_journey, ask(time_zone="America/New_York"), times) - times == -5 * HOUR
