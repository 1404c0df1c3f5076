"""The weeks ahead: what is sent becomes part of the past, and limits hold on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from models.domain.decision import DecisionRequest
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.objective import Exploration, ExplorationMethod
from models.policy.engine import Engine
from models.policy.rehearsal.look_ahead import WEEKS, LookAhead, Occasion, Pressure
from models.policy.rehearsal.rehearsal import Rehearsal
from tests.models.policy.deciding import Ask

EMAIL = ("email",)


@pytest.fixture
def eager(tiny_journey: Journey) -> Journey:
    """Repeats what it likes and explores nothing: only the limit of two mails a week stands in the way."""
    actions = tuple(replace(one, repeat_after_days=0.0) for one in tiny_journey.actions)
    certain = replace(tiny_journey.objective, exploration=Exploration(method=ExplorationMethod.NONE))
    return replace(tiny_journey, actions=actions, objective=certain)


def with_limit(journey: Journey, count: int) -> Engine:
    limits = tuple(replace(one, count=count) for one in journey.contact_limits)
    return Engine(replace(journey, contact_limits=limits), None, "b")


def every_day(now: datetime, channels: tuple[str, ...] | None = EMAIL) -> list[Occasion]:
    return [Occasion(at=now + timedelta(days=day, hours=1), channels=channels) for day in range(7 * WEEKS)]


def ahead(before: Engine, after: Engine, now: datetime, *requests: DecisionRequest) -> Pressure:
    look = LookAhead(now, after.journey)
    for request in requests:
        look.add(before, after, request, every_day(now))
    return look.pressure()


def test_a_limit_bounds_every_week_and_a_looser_one_is_used_too(
    eager: Journey, now: datetime, ask: Ask
) -> None:
    """Asked every day: two mails a week are sent, four under the other file; both are used up."""
    request = ask(stated_phase="interested")
    found = ahead(with_limit(eager, 2), with_limit(eager, 4), now, request)

    assert (found.customers, found.occasions) == (1, 28)
    assert [(week.before, week.after) for week in found.weeks] == [(2.0, 4.0)] * 4
    assert [week.since for week in found.weeks] == ["2026-11-21", "2026-11-28", "2026-12-05", "2026-12-12"]
    (limit,) = found.limits
    assert (limit.count_before, limit.count_after) == (2, 4)
    assert limit.before == limit.after == (1.0, 1.0, 1.0, 1.0)


def test_contacts_of_last_week_still_count(
    eager: Journey, now: datetime, ask: Ask, contact: Callable[..., Interaction]
) -> None:
    """Two mails a day ago leave no room for six days, so the first week has one day for two mails at most."""
    past = (contact("teaser", "email", 1.0), contact("offer", "email", 0.9))
    one = with_limit(eager, 2)
    found = ahead(one, one, now, ask(*past, stated_phase="interested"))

    assert found.weeks[0].after == 1.0  # asked once after the six days, on the seventh
    assert found.limits[0].after[0] == 1.0  # but the limit is used up from the first moment
    assert found.weeks[1].after == 2.0


def test_the_mean_and_the_most_are_over_all_customers(eager: Journey, now: datetime, ask: Ask) -> None:
    """One agreed to mails, one did not."""
    engine = with_limit(eager, 2)
    yes = ask(stated_phase="interested")
    no = ask(stated_phase="interested", customer_id="c-2", consent={})
    week = ahead(engine, engine, now, yes, no).weeks[0]

    assert (week.customers, week.before, week.most_before) == (2, 1.0, 2.0)


def test_what_is_shown_on_the_website_is_no_contact_to_bear(eager: Journey, now: datetime, ask: Ask) -> None:
    engine = with_limit(eager, 2)
    look = LookAhead(now, engine.journey)
    look.add(engine, engine, ask(stated_phase="interested"), every_day(now, ("web",)))

    assert [week.after for week in look.pressure().weeks] == [0.0] * 4


def test_a_channel_or_a_limit_that_is_gone_is_nothing_and_not_an_error(
    eager: Journey, now: datetime, ask: Ask
) -> None:
    free = Engine(replace(eager, contact_limits=()), None, "b")
    found = ahead(with_limit(eager, 2), free, now, ask(stated_phase="interested"))
    assert (found.limits[0].count_before, found.limits[0].count_after) == (2, None)
    assert found.limits[0].after == (None,) * WEEKS
    assert found.weeks[0].after == 7.0  # one on each day

    look = LookAhead(now, free.journey)
    look.add(free, free, ask(), [Occasion(at=now + timedelta(days=1), channels=("pigeon",))])
    assert look.pressure().weeks[0].after == 0.0


def test_moments_outside_the_weeks_are_left_out(eager: Journey, now: datetime, ask: Ask) -> None:
    engine = with_limit(eager, 2)
    look = LookAhead(now, engine.journey)
    outside = [Occasion(at=now - timedelta(hours=1)), Occasion(at=now + timedelta(days=28))]
    look.add(engine, engine, ask(), outside)

    assert look.pressure().occasions == 0
    assert LookAhead(now, engine.journey).pressure().customers == 0


def test_the_log_has_its_weeks_from_monday(eager: Journey, now: datetime, ask: Ask) -> None:
    """Saturday and the Monday after are two weeks; every mail would be drawn for certain."""
    rehearsal, engine = Rehearsal(with_limit(eager, 2)), with_limit(eager, 2)
    for day, number in ((0, 1), (2, 2), (2, 3)):
        moment = now + timedelta(days=day, hours=number)
        request = ask(stated_phase="interested", decided_at=moment, channels=EMAIL, decision_id=f"d-{number}")
        rehearsal.add(engine, request)
    first, second = rehearsal.report().weeks

    assert (first.since, first.customers, first.before) == ("2026-11-16", 1, pytest.approx(1.0))
    assert (second.since, second.customers, second.after) == ("2026-11-23", 1, pytest.approx(2.0))
