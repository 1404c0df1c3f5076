"""Contact limits over rolling windows, and quiet hours by the clock of the customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

import pytest

from models.domain.actions import ContactLimit
from models.domain.journey import Journey
from tests.models.policy.deciding import Ask, Event, candidates, refusals, run


@pytest.mark.parametrize(("days_ago", "full"), [(6.99, True), (7.0, False)])
def test_a_contact_leaves_the_rolling_window(
    tiny_journey: Journey, ask: Ask, contact: Event, days_ago: float, full: bool
) -> None:
    """At most 2 mails in any 7 days; the older one is just in or just out of the window."""
    request = ask(contact("care", "email", days_ago), contact(None, "email", 1), stated_phase="interested")
    decision = run(tiny_journey, request)
    assert ("offer@email" in candidates(decision)) is not full
    assert "teaser@web" in candidates(decision)


def test_declared_contact_touchpoints_count_as_contacts(
    tiny_journey: Journey, ask: Ask, touch: Event
) -> None:
    mails = [replace(touch("mail_sent", days), channel="email") for days in (1, 2)]
    decision = run(tiny_journey, ask(*mails))
    assert refusals(decision)["teaser@email"][0] == "contact"


def test_limits_by_group_and_action_count_only_theirs(
    tiny_journey: Journey, ask: Ask, contact: Event
) -> None:
    limit = ContactLimit(code="SALES_1", count=1, window_days=30, groups=("sales",))
    journey = replace(tiny_journey, contact_limits=(limit,))
    decision = run(journey, ask(contact("offer", "email", 10), stated_phase="interested"))
    assert refusals(decision)["offer@email"] == ("contact", "SALES_1")
    assert {"teaser@web", "teaser@email"} <= candidates(decision)


@pytest.mark.parametrize(
    ("utc", "zone", "is_quiet"),
    [
        # Quiet from 22:00 to 06:00 by the customer's clock. Berlin is UTC+1 in winter, +2 in summer.
        ("2026-01-15T20:59Z", None, False),  # 21:59
        ("2026-01-15T21:00Z", None, True),  # 22:00
        ("2026-07-15T20:00Z", None, True),  # 22:00 in summer
        ("2026-03-29T00:59Z", None, True),  # 01:59, a minute before the clock jumps to 03:00
        ("2026-03-29T03:59Z", None, True),  # 05:59 summer time; without it this would be 04:59
        ("2026-03-29T04:00Z", None, False),  # 06:00 summer time; without it this would be 05:00
        ("2026-10-25T04:30Z", None, True),  # 05:30 winter time again
        ("2026-10-25T05:00Z", None, False),  # 06:00 winter time
        ("2026-01-15T21:00Z", "America/New_York", False),  # 16:00
        ("2026-01-15T04:00Z", "America/New_York", True),  # 23:00
    ],
)
def test_quiet_hours_go_by_the_customers_clock(
    tiny_journey: Journey, ask: Ask, utc: str, zone: str | None, is_quiet: bool
) -> None:
    decision = run(tiny_journey, ask(decided_at=datetime.fromisoformat(utc), time_zone=zone))
    assert (refusals(decision).get("teaser@email") == ("contact", "QUIET_HOURS")) is is_quiet
    assert "teaser@web" in candidates(decision)  # inbound: the customer is there already


def test_quiet_hours_within_one_day_and_all_day(tiny_journey: Journey, ask: Ask) -> None:
    """It is noon for the customer."""

    def is_quiet(start: time, end: time) -> bool:
        email = tiny_journey.channels[tiny_journey.channel_index["email"]]
        assert email.quiet_hours is not None
        changed = replace(email, quiet_hours=replace(email.quiet_hours, start=start, end=end))
        channels = tuple(changed if c.name == "email" else c for c in tiny_journey.channels)
        return "teaser@email" not in candidates(run(replace(tiny_journey, channels=channels), ask()))

    assert is_quiet(time(12), time(13))
    assert not is_quiet(time(11), time(12))
    assert is_quiet(time(0), time(0))
