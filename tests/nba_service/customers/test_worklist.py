"""Whom to contact next: everybody is decided as a call would, best first, within limits and room."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from models.domain.history import to_ms
from models.policy.batch.worklist import NOT_WORTH_IT
from nba_service.customers.worklist import Worklists
from nba_service.decisions.calls import DecisionCall
from nba_service.errors import Problem
from nba_service.services import Services, make_services
from nba_service.settings import Settings
from nba_service.store.rows import CustomerRow, InteractionRow
from tests.nba_service.conftest import NOW


@pytest.fixture
def lists(parts: Services) -> Worklists:
    """Ten customers: two asked for an offer, one of them has no consent, one is of no age for it."""
    store = parts.store.plain
    people = [
        CustomerRow(
            customer_id=f"c-{n}",
            attributes={"age": 16 if n == 3 else 40},
            consent={"email": n != 2},
            updated_at=1,
        )
        for n in range(10)
    ]
    store.put_customers(people)
    at = to_ms(NOW - timedelta(days=2))
    asked = [
        InteractionRow(interaction_id=f"i-{n}", customer_id=f"c-{n}", occurred_at=at, touchpoint="quote")
        for n in (1, 2, 3)
    ]
    store.add_interactions(asked)
    return Worklists(store=store, source=parts.source, decisions=parts.decisions, clock=lambda: NOW)


def test_best_first_and_no_more_than_asked_for(lists: Worklists) -> None:
    every = lists.make("email", 100)
    gains = [contact.gain for contact in every.contacts]
    assert gains == sorted(gains, reverse=True)
    assert (every.seen, every.worth, every.room) == (10, len(gains), None)
    assert every.contacts[0].customer_id == "c-1", "who asked for an offer is worth most"
    assert every.contacts[0].action == "offer"
    assert lists.make("email", 3).contacts == every.contacts[:3]
    assert all(contact.low <= contact.gain <= contact.high for contact in every.contacts)


def test_each_is_what_a_call_would_rank_first(lists: Worklists, parts: Services) -> None:
    for contact in lists.make("email", 100).contacts:
        call = DecisionCall(customer_id=contact.customer_id, channels=("email",), decided_at=NOW)
        made = parts.decisions.hypothetical(call, keep_steps=True)
        assert made.decision.actions[0].action == contact.action
        assert made.decision.actions[0].value.over_nothing == pytest.approx(contact.gain)


def test_who_may_not_be_contacted_is_counted_by_the_reason(lists: Worklists) -> None:
    found = lists.make("email", 100)
    listed = {contact.customer_id: contact.action for contact in found.contacts}
    assert "c-2" not in listed
    assert listed.get("c-3") != "offer"
    assert sum(found.nothing.values()) == found.seen - found.worth
    assert "CONSENT_MISSING" in found.nothing or NOT_WORTH_IT in found.nothing


def test_the_room_of_the_day_is_the_end_of_the_list(
    playbook_settings: Settings, tiny_journey_text: str, lists: Worklists, parts: Services
) -> None:
    assert playbook_settings.journey is not None
    playbook_settings.journey.write_text(
        tiny_journey_text.replace("    consent: email\n", "    consent: email\n    daily_capacity: 2\n")
    )
    full = make_services(playbook_settings, clock=lambda: NOW, poll=False)
    try:
        scarce = Worklists(
            store=full.store.plain, source=full.source, decisions=full.decisions, clock=lambda: NOW
        )
        found = scarce.make("email", 100)
        assert (len(found.contacts), found.room) == (2, 2)
    finally:
        full.stop()


def test_a_channel_that_there_is_not_is_refused(lists: Worklists) -> None:
    with pytest.raises(Problem, match="fax"):
        lists.make("fax", 1)


def test_nothing_is_stored(lists: Worklists, parts: Services) -> None:
    lists.make("email", 5)
    assert parts.store.plain.scan("decisions", "", 10) == []
    assert replace(lists.make("email", 1).contacts[0], best_time=None).channel == "email"
