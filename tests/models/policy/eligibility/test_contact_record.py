"""A customer's record with each action: contacts, yeses, refusals, and what came to nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from models.domain.history import DAY_MS, build_history, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.policy.eligibility.contact_record import ActionRecord, RecordKeeper

Event = Callable[..., Interaction]
TEASER, OFFER = 0, 1


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
    assert len(record.open[TEASER]) == 1


def test_what_the_window_has_passed_over_is_unanswered(
    read: Callable[..., ActionRecord], contact: Event
) -> None:
    """A week's window: the contact of eight days ago has had its time, the one of six days has not."""
    record = read(contact("teaser", "email", 8), contact("teaser", "email", 6))

    assert record.unanswered(TEASER, 7 * DAY_MS) == 1
    assert record.unanswered(OFFER, 7 * DAY_MS) == 0


def test_a_refusal_answers_for_the_contacts_before_it(
    read: Callable[..., ActionRecord], contact: Event, outcome: Event
) -> None:
    record = read(
        contact("teaser", "email", 3), outcome("complained", "teaser", 2), contact("teaser", "email", 1)
    )

    assert record.unanswered(TEASER, 7 * DAY_MS) == 1


def test_contacts_ahead_are_reckoned_with(
    read: Callable[..., ActionRecord], keeper: RecordKeeper, contact: Event, now: datetime
) -> None:
    record = read(contact("teaser", "web", 1))
    ahead = replace(contact("offer", "email", 0), occurred_at=now + timedelta(days=2))
    keeper.look_ahead(record, (ahead,))

    assert record.delivered[-1] == (to_ms(now) + 2 * DAY_MS, OFFER, 1)
    assert record.last_contact[OFFER] == to_ms(now) + 2 * DAY_MS
    assert OFFER not in record.contacts  # it has not happened
