"""Records of many customers are those of each alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.domain.history import build_history, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.contact import ContactLimits
from models.policy.eligibility.contact_record import RecordKeeper
from models.policy.eligibility.together.records import NEVER, ManyRecords, OwnEvents, Records
from tests.models.policy.conftest import NOW
from tests.models.policy.deciding import Event


def read(journey: Journey, *customers: list[Interaction]) -> Records:
    history = build_history(journey, customers)
    instant = np.full(len(customers), to_ms(NOW))
    customer = np.arange(len(customers))
    own = OwnEvents.of(history.start, customer, history.ends(customer, instant))
    limits = ContactLimits.compile(journey, Catalogue.of(journey))
    return ManyRecords(journey, limits, RecordKeeper(journey)).read(history, own, instant)


def test_own_events_are_those_before_each_moment() -> None:
    start = np.array([0, 3, 3, 7])
    own = OwnEvents.of(start, np.array([2, 0, 1]), np.array([6, 1, 3]))
    assert own.row.tolist() == [0, 0, 0, 1]
    assert own.event.tolist() == [3, 4, 5, 0]


def test_what_was_delivered_and_answered(
    tiny_journey: Journey, contact: Event, outcome: Event, touch: Event
) -> None:
    """Teaser is treatment 0 of the actions: its contacts before and after the click count apart."""
    busy = [
        contact("teaser", "email", 20),
        outcome("clicked", "teaser", 19),
        contact("teaser", "email", 10),
        contact("teaser", "email", 2),
        contact(None, "email", 1),
        touch("visit", 1),
    ]
    records = read(
        tiny_journey, [], busy, [contact("offer", "email", 1), outcome("complained", "offer", 0.5)]
    )
    assert records.contacts.tolist() == [[0, 0, 0], [3, 0, 0], [0, 1, 0]]
    assert records.positive.tolist() == [[False] * 3, [True, False, False], [False] * 3]
    assert records.unanswered.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]  # of 10 days ago; refused
    assert records.last_contact[0].tolist() == [NEVER] * 3
    assert records.last_contact[1, 0] == to_ms(NOW) - 2 * 86_400_000
    assert records.headroom.tolist() == [[2], [0], [1]]  # two e-mails a week


def test_a_journey_without_limits_has_no_room_to_count(tiny_journey: Journey) -> None:
    bare = replace(tiny_journey, contact_limits=())
    assert read(bare, [], []).headroom.shape == (2, 0)
