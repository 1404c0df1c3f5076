"""When: the best half hour of a window, within quiet hours and limits, by the model's calendar features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.arrays import Ints
from models.bundle import Models
from models.domain.decision import DecisionRequest, RankedTreatment
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.learned.features.situations import Situations
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.scoring.estimates import Estimates
from tests.models.policy.deciding import Ask

BERLIN = ZoneInfo("Europe/Berlin")


class TuesdayAtTen:
    """An estimator whose customers answer best on Tuesdays from ten to eleven on their own clock."""

    def __init__(self, engine: Engine) -> None:
        self._inner = engine.estimator

    def estimate(self, situations: Situations, row: Ints, treatment: Ints) -> Estimates:
        found = self._inner.estimate(situations, row, treatment)
        local = situations.local_ms[row]
        best = (local // 86_400_000 + 3) % 7 == 1
        best &= local // 3_600_000 % 24 == 10
        return replace(found, propensity=np.where(treatment > 0, np.where(best, 0.9, 0.5), 0.0))


@pytest.fixture
def engine(tiny_journey: Journey, learned: Models) -> Engine:
    made = Engine(tiny_journey, learned, "b")
    made.estimator = TuesdayAtTen(made)
    return made


def mail(engine: Engine, request: DecisionRequest) -> RankedTreatment:
    """The answer with a mail: the draw is repeated until it gives one."""
    for number in range(60):
        chosen = decide(engine, replace(request, decision_id=f"d-{number}")).actions[0]
        if chosen.channel == "email":
            return chosen
    raise AssertionError("no mail was drawn")


def test_the_best_hour_of_the_week_is_found(engine: Engine, ask: Ask, now: datetime) -> None:
    """Asked on Saturday: next Tuesday, ten o'clock in Berlin, which is nine in UTC in winter."""
    window = (now, now + timedelta(days=7))
    assert mail(engine, ask(window=window)).best_time == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_it_is_ten_by_the_clock_of_the_customer(engine: Engine, ask: Ask, now: datetime) -> None:
    window = (now, now + timedelta(days=7))
    chosen = mail(engine, ask(window=window, time_zone="America/New_York"))
    assert chosen.best_time == datetime(2026, 11, 24, 15, tzinfo=UTC)


def test_of_equals_the_earliest(engine: Engine, ask: Ask, now: datetime) -> None:
    assert mail(engine, ask(window=(now, now + timedelta(hours=5)))).best_time == now


def test_not_asked_not_computed(engine: Engine, ask: Ask) -> None:
    assert mail(engine, ask()).best_time is None


def test_inbound_has_no_time(engine: Engine, ask: Ask, now: datetime) -> None:
    window = (now, now + timedelta(days=7))
    decision = decide(engine, ask(channels=("web",), window=window))
    assert [action.best_time for action in decision.actions] == [None]


def test_at_night_a_mail_may_be_planned_for_the_morning_but_not_within_the_night(
    engine: Engine, ask: Ask
) -> None:
    """Quiet from ten to six: asked at eleven in the evening."""
    night = datetime(2026, 11, 21, 22, tzinfo=UTC)  # 23 o'clock in Berlin
    planned = mail(engine, ask(decided_at=night, window=(night, night + timedelta(hours=12))))
    asleep = decide(engine, ask(decided_at=night, window=(night, night + timedelta(hours=5))))
    assert planned.best_time == datetime(2026, 11, 22, 5, tzinfo=UTC)  # six in Berlin
    assert "QUIET_HOURS" in {d.code for d in asleep.drop_outs if d.channel == "email"}


def test_a_limit_that_frees_up_later_is_kept(
    engine: Engine, ask: Ask, now: datetime, contact: Callable[..., Interaction]
) -> None:
    """A mail is known to go out in two days: with one behind, there is room only before and long after."""
    ahead = (replace(contact(None, "email", 0), occurred_at=now + timedelta(days=8)),)
    window = (now, now + timedelta(days=7))
    free = mail(engine, ask(ahead=ahead, window=window)).best_time
    tight = mail(engine, ask(contact(None, "email", 1), ahead=ahead, window=window)).best_time
    assert free == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert tight == now  # on Tuesday both would lie within a week of it


@settings(max_examples=15, deadline=None)
@given(
    begin=st.integers(0, 14 * 24),
    hours=st.integers(9, 30 * 24),
    zone=st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Pacific/Auckland"]),
)
def test_a_best_time_is_in_the_window_and_never_quiet(
    tiny_journey: Journey, learned: Models, ask: Ask, now: datetime, begin: int, hours: int, zone: str
) -> None:
    engine = Engine(tiny_journey, learned, "b")
    window = (now + timedelta(hours=begin), now + timedelta(hours=begin + hours))
    found = mail(engine, ask(window=window, time_zone=zone)).best_time
    assert found is not None
    assert window[0] <= found <= window[1]
    assert 6 <= found.astimezone(ZoneInfo(zone)).hour < 22
