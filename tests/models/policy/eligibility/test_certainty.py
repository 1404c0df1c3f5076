"""Without the store only that may be chosen which nothing stored could forbid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.domain.actions import Policy, Tier
from models.domain.journey import Journey
from models.policy.eligibility.certainty import Certainty
from tests.models.policy.deciding import Ask


def with_care(journey: Journey, **fields: object) -> Journey:
    actions = tuple(replace(a, **fields) if a.name == "care" else a for a in journey.actions)  # type: ignore[arg-type]
    return replace(journey, actions=actions)


def test_marketing_is_withheld_and_service_in_a_stated_phase_is_sure(tiny_journey: Journey, ask: Ask) -> None:
    """An objection to marketing may be stored. Doing nothing is always sure."""
    withheld = Certainty(tiny_journey).withheld(ask(stated_phase="customer"))

    assert set(withheld) == {"offer@email", "teaser@email", "teaser@web"}


def test_what_is_for_some_phases_needs_the_phase(tiny_journey: Journey, ask: Ask) -> None:
    assert "care@web" in Certainty(tiny_journey).withheld(ask())
    assert "care@web" not in Certainty(with_care(tiny_journey, phases=())).withheld(ask())


@pytest.mark.parametrize(
    "past",
    [
        {"repeat_after_days": 3.0},
        {"stop_after_positive": True},
        {"stop_after_ignored": 2},
        {"requires": ("offer",)},
    ],
)
def test_what_looks_at_the_past_is_withheld(tiny_journey: Journey, ask: Ask, past: dict[str, object]) -> None:
    assert "care@web" in Certainty(with_care(tiny_journey, **past)).withheld(ask(stated_phase="customer"))


@pytest.mark.parametrize(
    ("when", "sure"),
    [
        ("now.hour < 20", True),
        ('has(context.device) && context.device == "app"', True),
        ("seen.order > 0", False),
        ("!has(customer.attributes.age) || customer.attributes.age >= 18.0", False),
    ],
)
def test_a_policy_is_no_obstacle_if_the_request_answers_it(
    tiny_journey: Journey, ask: Ask, when: str, sure: bool
) -> None:
    policy = Policy(code="RULE", tier=Tier.ELIGIBILITY, when=when, actions=("care",))
    certainty = Certainty(replace(tiny_journey, policies=(*tiny_journey.policies, policy)))

    assert ("care@web" not in certainty.withheld(ask(stated_phase="customer"))) is sure


def test_quiet_hours_of_an_outbound_channel_need_the_customers_clock(tiny_journey: Journey, ask: Ask) -> None:
    """A mail without consent and limits, for service: only its quiet hours are left to ask."""
    email = replace(tiny_journey.channels[1], consent=None)
    journey = replace(
        with_care(tiny_journey, channels=("email",), phases=()),
        channels=(tiny_journey.channels[0], email),
        contact_limits=(),
    )
    certainty = Certainty(journey)

    assert "care@email" in certainty.withheld(ask())
    assert "care@email" not in certainty.withheld(ask(time_zone="Europe/Berlin"))
