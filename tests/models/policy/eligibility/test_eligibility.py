"""Eligibility: who is no candidate, why, and that nothing buys past it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.domain.actions import ContactLimit, Policy, Purpose, Tier
from models.domain.decision import Decision, DecisionRequest
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.policy.decide import decide
from models.policy.engine import Engine

Ask = Callable[..., DecisionRequest]
Event = Callable[..., Interaction]
WithAction = Callable[..., Journey]

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def run(journey: Journey, request: DecisionRequest) -> Decision:
    return decide(Engine(journey, None, "none"), request)


def candidates(decision: Decision) -> set[str]:
    return {f"{c.action}@{c.channel}" if c.channel else c.action for c in decision.candidates}


def refusals(decision: Decision) -> dict[str, tuple[str, str]]:
    return {f"{d.action}@{d.channel}": (d.tier, d.code) for d in decision.drop_outs}


def with_policies(journey: Journey, *policies: Policy) -> Journey:
    return replace(journey, policies=policies)


def rule(when: str, code: str = "RULE", tier: Tier = Tier.ELIGIBILITY, **scope: object) -> Policy:
    return Policy(code=code, tier=tier, when=when, **scope)  # type: ignore[arg-type]


def test_each_treatment_is_a_candidate_or_a_drop_out(tiny_journey: Journey, ask: Ask) -> None:
    decision = run(tiny_journey, ask())
    assert candidates(decision) == {"nothing", "teaser@email", "teaser@web"}
    assert refusals(decision) == {"offer@email": ("phase", "PHASE"), "care@web": ("phase", "PHASE")}


def test_doing_nothing_is_always_left(tiny_journey: Journey, ask: Ask) -> None:
    request = ask(exclude=("teaser",), consent={"marketing": False})
    decision = run(tiny_journey, request)
    assert candidates(decision) == {"nothing"}
    assert decision.reason == "NOTHING_ELIGIBLE"
    assert decision.actions[0].action == "nothing"
    assert decision.actions[0].action_probability == 1.0


def test_only_asked_channels_and_placements(tiny_journey: Journey, ask: Ask) -> None:
    by_channel = run(tiny_journey, ask(channels=("email",)))
    by_placement = run(tiny_journey, ask(placements=("banner",)))
    assert candidates(by_channel) == {"nothing", "teaser@email"}
    assert candidates(by_placement) == {"nothing", "teaser@web"}
    assert refusals(by_channel)["teaser@web"] == ("asked", "NOT_ASKED")


def test_excluding_an_action_or_one_of_its_treatments(tiny_journey: Journey, ask: Ask) -> None:
    assert candidates(run(tiny_journey, ask(exclude=("teaser",)))) == {"nothing"}
    one = run(tiny_journey, ask(exclude=("teaser@web",)))
    assert candidates(one) == {"nothing", "teaser@email"}
    assert refusals(one)["teaser@web"] == ("asked", "EXCLUDED")


def test_before_its_start_and_from_its_end_on_an_action_rests(
    tiny_journey: Journey, ask: Ask, with_action: WithAction, now: datetime
) -> None:
    second = timedelta(seconds=1)
    for fields, code in (
        ({"starts_at": now + second}, "NOT_STARTED"),
        ({"starts_at": now, "ends_at": now + second}, None),
        ({"ends_at": now}, "ENDED"),
    ):
        decision = run(with_action(tiny_journey, "teaser", **fields), ask())
        assert refusals(decision).get("teaser@web") == (None if code is None else ("period", code))


def test_a_channel_needs_its_consent(tiny_journey: Journey, ask: Ask) -> None:
    for consent in ({}, {"email": False}):
        decision = run(tiny_journey, ask(consent=consent))
        assert refusals(decision)["teaser@email"] == ("consent", "CONSENT_MISSING")
        assert "teaser@web" in candidates(decision)


@pytest.mark.parametrize("flag", ["marketing", "personalization"])
def test_an_objection_stops_marketing_and_leaves_service(tiny_journey: Journey, ask: Ask, flag: str) -> None:
    consent = {"email": True, flag: False}
    stranger = run(tiny_journey, ask(consent=consent))
    customer = run(tiny_journey, ask(consent=consent, stated_phase="customer"))
    assert candidates(stranger) == {"nothing"}
    assert refusals(stranger)["teaser@web"] == ("consent", "OBJECTION")
    assert "care@web" in candidates(customer)


def test_a_policy_refuses_with_its_code_and_what_it_saw(tiny_journey: Journey, ask: Ask) -> None:
    decision = run(tiny_journey, ask(stated_phase="interested", attributes={"age": 17}))
    drop = next(d for d in decision.drop_outs if d.action == "offer")
    assert (drop.tier, drop.code) == ("eligibility", "ADULTS_ONLY")
    assert "customer.attributes.age = 17.0" in drop.detail


def test_a_rule_that_fails_refuses_and_names_itself(tiny_journey: Journey, ask: Ask) -> None:
    journey = with_policies(tiny_journey, rule("customer.attributes.age >= 18.0"))
    decision = run(journey, ask())
    assert candidates(decision) == {"nothing"}
    drop = next(d for d in decision.drop_outs if d.code == "RULE")
    assert "customer.attributes.age >= 18.0" in drop.detail
    assert "customer.attributes.age = not known" in drop.detail


def test_tiers_are_asked_in_their_order_whatever_the_order_of_the_file(
    tiny_journey: Journey, ask: Ask
) -> None:
    policies = [rule("false", code=tier.name, tier=tier) for tier in Tier]
    for order in (policies, policies[::-1]):
        decision = run(with_policies(tiny_journey, *order), ask())
        assert refusals(decision)["teaser@web"] == ("eligibility", "ELIGIBILITY")


def test_a_policy_concerns_only_its_scope(tiny_journey: Journey, ask: Ask) -> None:
    def left(**scope: object) -> set[str]:
        journey = with_policies(tiny_journey, rule("false", **scope))
        return candidates(run(journey, ask(stated_phase="interested"))) - {"nothing"}

    assert left(actions=("offer",)) == {"teaser@email", "teaser@web"}
    assert left(groups=("awareness",)) == {"offer@email"}
    assert left(channels=("email",)) == {"teaser@web"}
    assert left(purposes=(Purpose.SERVICE,)) == {"offer@email", "teaser@email", "teaser@web"}
    assert left(groups=("awareness",), channels=("web",)) == {"offer@email", "teaser@email"}


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


def test_an_action_may_require_another_first(
    tiny_journey: Journey, ask: Ask, with_action: WithAction, contact: Event, outcome: Event
) -> None:
    journey = with_action(tiny_journey, "offer", requires=("teaser",))
    before = run(journey, ask(stated_phase="interested"))
    assert refusals(before)["offer@email"] == ("repeat", "REQUIRES")
    for event in (contact("teaser", "web", 20), outcome("clicked", "teaser", 20)):
        assert "offer@email" in candidates(run(journey, ask(event, stated_phase="interested")))


def test_an_action_rests_after_a_contact_on_any_channel(
    tiny_journey: Journey, ask: Ask, contact: Event
) -> None:
    """``repeat_after_days`` of the teaser is 3: at 2.99 days it rests, at exactly 3 it may come again."""
    resting = run(tiny_journey, ask(contact("teaser", "web", 2.99)))
    again = run(tiny_journey, ask(contact("teaser", "web", 3)))
    assert refusals(resting)["teaser@email"] == ("repeat", "REPEAT")
    assert "teaser@email" in candidates(again)


def test_a_yes_can_end_an_action(
    tiny_journey: Journey, ask: Ask, with_action: WithAction, outcome: Event
) -> None:
    journey = with_action(tiny_journey, "teaser", stop_after_positive=True)
    assert refusals(run(journey, ask(outcome("clicked", "teaser", 50))))["teaser@web"] == (
        "repeat",
        "ALREADY_ANSWERED",
    )
    assert "teaser@web" in candidates(run(journey, ask(outcome("no_response", "teaser", 50))))


def test_an_action_gives_up_when_ignored(
    tiny_journey: Journey, ask: Ask, with_action: WithAction, contact: Event, outcome: Event
) -> None:
    """The response window is 7 days: a contact counts as ignored once it is over, or at a refusal."""
    journey = with_action(tiny_journey, "teaser", stop_after_ignored=2, repeat_after_days=None)
    first, second, open_one = (contact("teaser", "web", days) for days in (40, 20, 6))

    def stopped(*events: Interaction) -> bool:
        return refusals(run(journey, ask(*events))).get("teaser@web") == ("repeat", "IGNORED")

    assert not stopped(first)
    assert stopped(first, second)
    assert not stopped(first, open_one)
    assert stopped(first, open_one, outcome("complained", "teaser", 5))
    assert not stopped(first, second, outcome("clicked", "teaser", 10))
    assert not stopped(first, outcome("clicked", "teaser", 39), second)


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


def test_nothing_from_the_future_counts(tiny_journey: Journey, ask: Ask, contact: Event) -> None:
    decision = run(tiny_journey, ask(contact("teaser", "web", -0.001), contact("teaser", "web", 0)))
    assert "teaser@web" in candidates(decision)


# --- invariants ---------------------------------------------------------------------------------


@QUICK
@given(data=st.data())
def test_an_ineligible_action_never_wins_however_high_its_priority(
    solar_journey: Journey, ask: Ask, with_action: WithAction, data: st.DataObject
) -> None:
    """Give a refused action a value beyond all others: it is not even a candidate."""
    phase = data.draw(st.sampled_from([p.name for p in solar_journey.phases]))
    channels = data.draw(st.sets(st.sampled_from(["website", "email", "app"]), min_size=1))
    request = ask(
        stated_phase=phase,
        channels=tuple(sorted(channels)),
        consent=data.draw(st.dictionaries(st.sampled_from(["email", "marketing"]), st.booleans())),
        limit=3,
    )
    first = run(solar_journey, request)
    name = data.draw(st.sampled_from([a.name for a in solar_journey.actions]))
    rich = run(with_action(solar_journey, name, value=1e9), request)
    assert candidates(rich) == candidates(first)
    assert {f"{a.action}@{a.channel}" for a in rich.actions if a.channel} <= candidates(first)


@QUICK
@given(order=st.randoms(use_true_random=False), number=st.integers(0, 10**6))
def test_the_order_of_actions_in_the_file_is_irrelevant(
    solar_journey: Journey, ask: Ask, order: np.random.Generator, number: int
) -> None:
    actions = list(solar_journey.actions)
    order.shuffle(actions)  # type: ignore[arg-type]
    request = ask(decision_id=f"d-{number}", customer_id=f"c-{number}", stated_phase="trigger", limit=3)
    shuffled = run(replace(solar_journey, actions=tuple(actions)), request)
    original = run(solar_journey, request)
    assert replace(shuffled, drop_outs=()) == replace(original, drop_outs=())
    assert set(shuffled.drop_outs) == set(original.drop_outs)


@QUICK
@given(number=st.integers(0, 10**6), value=st.floats(0, 1e6))
def test_adding_an_ineligible_action_changes_nothing(
    tiny_journey: Journey, ask: Ask, number: int, value: float
) -> None:
    template = tiny_journey.actions[0]
    barred = replace(template, name="a_barred_one", phases=("customer",), value=value, group="other")
    larger = replace(tiny_journey, actions=(*tiny_journey.actions, barred))
    request = ask(decision_id=f"d-{number}", limit=2, explain=False)
    with_it, without = run(larger, request), run(tiny_journey, request)
    assert [(a.action, a.channel, a.action_probability) for a in with_it.actions] == [
        (a.action, a.channel, a.action_probability) for a in without.actions
    ]
    assert candidates(with_it) == candidates(without)
