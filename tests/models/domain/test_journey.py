"""The journey: treatments in an order of their own, and what counts as a response to an action."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.domain.actions import NOTHING, Action, Channel, Ownership
from models.domain.journey import Journey, Outcome, Phase, Sentiment, Touchpoint

NEUTRAL, POSITIVE = Sentiment.NEUTRAL, Sentiment.POSITIVE


@pytest.fixture
def journey() -> Journey:
    """Two actions; the call has a success and a window of its own."""
    return Journey(
        company="Sunny",
        currency="EUR",
        time_zone="Europe/Berlin",
        default_locale="en",
        phases=(Phase(name="visitor", label="Visitor"),),
        phase_rules=(),
        channels=(
            Channel(name="web", label="Web", inbound=True, placements=("hero", "footer")),
            Channel(name="phone", label="Phone"),
        ),
        actions=(
            Action(name="teaser", label="Teaser", channels=("web", "phone")),
            Action(
                name="call",
                label="Call",
                channels=("phone",),
                positive_outcomes=("booked",),
                response_window_days=3.0,
            ),
        ),
        touchpoints=(
            Touchpoint(name="mail_sent", label="Mail", contact=True),
            Touchpoint(name="unsubscribed", label="Unsubscribed", withdraws=("email",)),
        ),
        outcomes=(
            Outcome(name="shown", label="Shown", sentiment=NEUTRAL),
            Outcome(name="clicked", label="Clicked", sentiment=POSITIVE),
            Outcome(name="booked", label="Booked", sentiment=POSITIVE),
            Outcome(name="complained", label="Complained", withdraws=("email", "phone")),
        ),
        response_window_days=14.0,
    )


def test_treatments_are_nothing_and_then_every_action_on_each_channel_by_name(journey: Journey) -> None:
    assert [t.name for t in journey.treatments] == [NOTHING, "call@phone", "teaser@phone", "teaser@web"]
    assert journey.treatment_index["teaser", "web"] == 3


def test_the_order_of_actions_in_the_file_changes_no_treatment(journey: Journey) -> None:
    turned = replace(journey, actions=journey.actions[::-1])

    assert turned.treatments == journey.treatments


def test_an_action_may_have_a_success_of_its_own(journey: Journey) -> None:
    assert journey.positive_outcomes("call") == {"booked"}
    assert journey.positive_outcomes("teaser") == {"clicked", "booked"}
    assert journey.positive_outcomes(NOTHING) == {"clicked", "booked"}


def test_a_click_is_the_first_positive_outcome_of_the_file(journey: Journey) -> None:
    assert journey.response_outcome("teaser") == "clicked"
    assert journey.response_outcome("call") == "booked"


def test_there_is_no_click_on_nothing_nor_on_an_action_that_has_gone(journey: Journey) -> None:
    assert journey.response_outcome(NOTHING) is None
    assert journey.response_outcome("winter_offer") is None
    assert replace(journey, outcomes=journey.outcomes[:1]).response_outcome("teaser") is None


def test_a_response_window_is_the_actions_or_the_journeys(journey: Journey) -> None:
    assert journey.response_window("call") == 3.0
    assert journey.response_window("teaser") == 14.0
    assert journey.response_window(NOTHING) == 14.0


def test_events_are_touchpoints_outcomes_and_our_own_contacts(journey: Journey) -> None:
    assert journey.touchpoint_names == (
        "mail_sent", "unsubscribed", "shown", "clicked", "booked", "complained", "contact",
    )  # fmt: skip
    assert journey.contact_touchpoints == {"mail_sent"}
    assert journey.withdrawals == {"unsubscribed": ("email",), "complained": ("email", "phone")}


def test_a_placement_belongs_to_its_channel(journey: Journey) -> None:
    assert journey.placement_channel == {"hero": "web", "footer": "web"}


def test_a_touchpoint_is_owned_as_it_says_or_as_its_channel_is(tiny_journey: Journey) -> None:
    channels = tuple(replace(channel, ownership=Ownership.PAID) for channel in tiny_journey.channels)
    journey = replace(tiny_journey, channels=channels)
    told = Touchpoint(name="a", label="A", channel="web", ownership=Ownership.EARNED)

    assert journey.ownership_of(told) is Ownership.EARNED
    assert journey.ownership_of(replace(told, ownership=None)) is Ownership.PAID
    assert journey.ownership_of(Touchpoint(name="b", label="B")) is Ownership.OWNED
