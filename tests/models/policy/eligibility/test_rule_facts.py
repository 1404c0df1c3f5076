"""What rules see of a customer, an action and the moment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.journey import Journey
from models.policy.eligibility.rule_facts import _now, local_time
from tests.models.policy.deciding import Ask, Event, candidates, rule, run, with_policies


@pytest.mark.parametrize(
    ("when", "kept"),
    [
        ('action.channel == "web"', {"teaser@web"}),
        ("action.value > 5.0 && phase.name == 'interested'", {"offer@email"}),
        ("seen.quote == 2", {"offer@email", "teaser@email", "teaser@web"}),
        (
            "days_since.quote < 3.5 && days_since.order > 1000.0",
            {"offer@email", "teaser@email", "teaser@web"},
        ),
        ("contacts.offer == 1 && contacts['teaser'] == 0", {"offer@email", "teaser@email", "teaser@web"}),
        (
            "now.hour == 12 && now.weekday == 5 && now.month == 11",
            {"offer@email", "teaser@email", "teaser@web"},
        ),
        ("phase.dwell_days > 6.9 && phase.dwell_days < 7.1", {"offer@email", "teaser@email", "teaser@web"}),
        (
            "phase.furthest == 'interested' && phase.reached.stranger && !phase.reached.customer",
            {"offer@email", "teaser@email", "teaser@web"},
        ),
        ("phase.reached['interested']", {"offer@email", "teaser@email", "teaser@web"}),
        ("context.device == 'mobile'", {"offer@email", "teaser@email", "teaser@web"}),
        ("has(context.basket)", set()),
        ("customer.consent.email && customer.id == 'c-1'", {"offer@email", "teaser@email", "teaser@web"}),
        (
            "customer.time_zone == 'Europe/Berlin' && customer.locale == 'en'",
            {"offer@email", "teaser@email", "teaser@web"},
        ),
        ('"age" in customer.attributes', set()),
    ],
)
def test_what_rules_see(
    tiny_journey: Journey, ask: Ask, touch: Event, contact: Event, when: str, kept: set[str]
) -> None:
    """A customer who asked for an offer 7 and 3 days ago and got a mail 5 days ago."""
    request = ask(
        touch("quote", 7), touch("quote", 3), contact("offer", "email", 5), context={"device": "mobile"}
    )
    decision = run(with_policies(tiny_journey, rule(when)), request)
    assert candidates(decision) - {"nothing"} == kept


@given(st.integers(-(10**13), 10**13))
def test_the_hour_alone_is_that_of_the_whole_clock(local_ms: int) -> None:
    assert _now(local_ms, {"hour": {}}) == {"hour": local_time(local_ms)["hour"]}
