"""A customer's record with each action: contacts, yeses, refusals, and what came to nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.domain.history import DAY_MS, build_history, to_ms
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey
from models.domain.past import build_past, event_of
from models.domain.past.reading import PastReader
from models.domain.phases import PhaseMachine
from models.policy.eligibility import contact_record
from models.policy.eligibility.contact_record import ActionRecord, RecordKeeper
from tests.models.policy.conftest import NOW
from tests.models.policy.deciding import Event

TEASER, OFFER = 0, 1
MOMENTS = st.builds(
    lambda hours, **of: Interaction(occurred_at=NOW - timedelta(hours=hours), **of),
    hours=st.integers(1, 24 * 60) | st.integers(1, 12).map(lambda days: 24 * days),
    channel=st.sampled_from(["web", "email", None]),
    touchpoint=st.sampled_from(["visit", "contact", "clicked", "bought", "complained", "rejected"]),
    kind=st.sampled_from([Kind.TOUCHPOINT, Kind.CONTACT, Kind.CONTACT, Kind.OUTCOME]),
    action=st.sampled_from(["teaser", "offer", None, "unheard_of"]),
)


@pytest.fixture
def keeper(tiny_journey: Journey) -> RecordKeeper:
    return RecordKeeper(tiny_journey)


@pytest.fixture
def read(tiny_journey: Journey, keeper: RecordKeeper, now: datetime) -> Callable[..., ActionRecord]:
    """The record of one customer now."""

    def record(*events: Interaction) -> ActionRecord:
        history = build_history(tiny_journey, [events])
        return keeper.read(history, 0, len(events), to_ms(now))

    return record


def test_contacts_count_by_action_and_keep_their_times(
    read: Callable[..., ActionRecord], contact: Event, touch: Event, now: datetime
) -> None:
    record = read(
        contact("teaser", "web", 9),
        touch("visit", 5),
        contact("teaser", "email", 4),
        contact(None, "email", 1),
    )
    day = to_ms(now) - DAY_MS

    assert record.contacts == {TEASER: 2}
    assert record.last_contact == {TEASER: day - 3 * DAY_MS}
    assert record.delivered == [(day - 8 * DAY_MS, TEASER, 0), (day - 3 * DAY_MS, TEASER, 1), (day, -1, 1)]


def test_a_yes_closes_the_contacts_before_it(
    read: Callable[..., ActionRecord], contact: Event, outcome: Event
) -> None:
    record = read(
        contact("teaser", "email", 30), outcome("clicked", "teaser", 29), contact("teaser", "email", 20)
    )

    assert record.positives == {TEASER: 1}
    assert record.unanswered == {TEASER: 1}


def test_what_the_window_has_passed_over_is_unanswered(
    read: Callable[..., ActionRecord], contact: Event
) -> None:
    """A week's window: the contact of eight days ago has had its time, the one of six days has not."""
    record = read(contact("teaser", "email", 8), contact("teaser", "email", 6))

    assert record.unanswered == {TEASER: 1}


def test_a_refusal_answers_for_the_contacts_before_it(
    read: Callable[..., ActionRecord], contact: Event, outcome: Event
) -> None:
    record = read(
        contact("teaser", "email", 3), outcome("complained", "teaser", 2), contact("teaser", "email", 1)
    )

    assert record.unanswered == {TEASER: 1}


def test_contacts_ahead_are_reckoned_with(
    read: Callable[..., ActionRecord], keeper: RecordKeeper, contact: Event, now: datetime
) -> None:
    record = read(contact("teaser", "web", 1))
    ahead = replace(contact("offer", "email", 0), occurred_at=now + timedelta(days=2))
    keeper.look_ahead(record, (ahead,))

    assert record.delivered[-1] == (to_ms(now) + 2 * DAY_MS, OFFER, 1)
    assert record.last_contact[OFFER] == to_ms(now) + 2 * DAY_MS
    assert OFFER not in record.contacts  # it has not happened


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(MOMENTS, max_size=25), st.booleans())
def test_many_contacts_are_read_at_once_to_the_same_record(
    tiny_journey: Journey, keeper: RecordKeeper, now: datetime, told: list[Interaction], folded: bool
) -> None:
    past = build_past(event_of(event, str(number)) for number, event in enumerate(told))
    if folded:
        past = past.fold(to_ms(NOW) - 20 * DAY_MS)
    history = PastReader(tiny_journey, PhaseMachine(tiny_journey)).history(past)
    one_by_one = keeper.read(history, 0, history.n_events, to_ms(now))
    with mock.patch.object(contact_record, "_MANY", 0):
        at_once = keeper.read(history, 0, history.n_events, to_ms(now))
    assert at_once == one_by_one


@given(st.lists(MOMENTS, max_size=25), st.booleans(), st.integers(0, 40 * DAY_MS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_contacts_are_told_as_far_back_as_they_are_asked_for(
    tiny_journey: Journey,
    keeper: RecordKeeper,
    now: datetime,
    told: list[Interaction],
    many: bool,
    reach: int,
) -> None:
    history, instant = build_history(tiny_journey, [told]), to_ms(now)
    with mock.patch.object(contact_record, "_MANY", 0 if many else 1_000):
        whole = keeper.read(history, 0, history.n_events, instant)
        some = keeper.read(history, 0, history.n_events, instant, reach)
    assert [one for one in some.delivered if one[0] >= instant - reach] == [
        one for one in whole.delivered if one[0] >= instant - reach
    ]
    assert replace(some, delivered=whole.delivered) == whole
