"""Barriers say the same of many customers at once as of each alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.domain.account import AccountState
from models.domain.actions import ContactLimit, LimitOf, Policy, Purpose, QuietHours, Tier
from models.domain.decision import DecisionRequest
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Accounts, Journey, Role
from models.domain.past import build_past, event_of
from models.policy.eligibility.screening import FilterResult
from models.policy.engine import Engine
from tests.models.policy.conftest import NOW
from tests.models.policy.deciding import Ask

RULES = (
    "true",
    "seen.visit < 3",
    "seen.visit + seen.quote > 1",
    "days_since.visit > 5.0 || days_since.contact < 2.5",
    "action.channel == 'web' || seen.quote > 0",
    "action.value > 5.0 || phase.name == 'customer'",
    "action.name != 'offer'",
    "action.value / 0.0 > 1.0 && action.group == 'sales'",
    "phase.reached.interested",
    "phase.dwell_days > 3.0 && phase.furthest != 'customer'",
    "customer.attributes.age > 30.0",
    "has(customer.attributes.vip) && customer.attributes.vip",
    "customer.attributes.age < 70.0 || action.purpose == 'service'",
    "has(customer.consent.marketing) && customer.consent.marketing",
    "customer.locale == 'de' || customer.time_zone == 'UTC'",
    "size(customer.id) > 2",
    "contacts.teaser < 2",
    "account.people > 0 || account.id == ''",
    "now.hour >= 8 && now.weekday < 6 && now.month > 2",
    "has(context.device) && context.device == 'mobile'",
    "!has(last.ticket.severity) || last.ticket.severity != 'critical'",
    "has(last.ticket.solved) && last.ticket.solved",
    "has(mean.csat.d30) && mean.csat.d30 > 2.0",
    "last.csat > 3.0 || mean.csat.d365 > 1.5",
)
NAMES = st.lists(st.sampled_from(["teaser", "offer", "care"]), max_size=2, unique=True).map(tuple)
CHANNELS = st.lists(st.sampled_from(["web", "email"]), max_size=1).map(tuple)
POLICIES = st.builds(
    Policy,
    code=st.sampled_from(["A", "B", "C", "D"]),
    tier=st.sampled_from([*Tier]),
    when=st.sampled_from(RULES),
    actions=NAMES,
    purposes=st.sampled_from([(), (), (Purpose.MARKETING,)]),
    channels=CHANNELS,
)
LIMITS = st.builds(
    ContactLimit,
    code=st.sampled_from(["WEEKLY", "DAILY"]),
    count=st.integers(1, 3),
    window_days=st.sampled_from([1.0, 7.0, 30.0]),
    per=st.sampled_from([LimitOf.CUSTOMER, LimitOf.CUSTOMER, LimitOf.ACCOUNT]),
    channels=CHANNELS,
    actions=NAMES,
)
ACTION = st.fixed_dictionaries(
    {},
    optional={
        "phases": st.just(()),
        "repeat_after_days": st.sampled_from([0.5, 3.0, 40.0]),
        "stop_after_positive": st.just(True),
        "stop_after_ignored": st.integers(1, 3),
        "starts_at": st.sampled_from([NOW, NOW + timedelta(seconds=1)]),
        "ends_at": st.sampled_from([NOW, NOW + timedelta(seconds=1)]),
        "roles": st.just(("buyer",)),
        "positive_outcomes": st.just(("clicked",)),
        "response_window_days": st.sampled_from([1.0, 20.0]),
    },
)
HOURS = st.sampled_from(
    [None, *(QuietHours(start=time(a), end=time(b)) for a, b in ((11, 13), (13, 12), (0, 0)))]
)
JOURNEYS = st.fixed_dictionaries(
    {
        "policies": st.lists(POLICIES, max_size=12).map(tuple),
        "limits": st.lists(LIMITS, max_size=3).map(tuple),
        "actions": st.tuples(ACTION, ACTION, ACTION),
        "requires": st.booleans(),
        "quiet": HOURS,
        "capacity": st.sampled_from([None, 0, 5]),
        "accounts": st.booleans(),
    }
)
DAYS = st.sampled_from([0.2, 0.9, 1.0, 2.0, 6.9, 7.0, 8.0, 29.0, 31.0, 80.0])
EVENTS = st.builds(
    lambda days, name, action, channel: Interaction(
        occurred_at=NOW - timedelta(days=days),
        touchpoint=name,
        channel=channel,
        action=action,
        kind={"contact": Kind.CONTACT, "clicked": Kind.OUTCOME, "complained": Kind.OUTCOME}.get(
            name, Kind.TOUCHPOINT
        ),
    ),
    DAYS,
    st.sampled_from(
        ["visit", "quote", "order", "odd", "contact", "contact", "contact", "clicked", "complained"]
    ),
    st.sampled_from([None, "teaser", "teaser", "offer", "care"]),
    st.sampled_from([None, "web", "email"]),
) | st.builds(
    lambda days, name, told: Interaction(
        occurred_at=NOW - timedelta(days=days), touchpoint=name, channel="web", properties=told
    ),
    DAYS,
    st.sampled_from(["csat", "ticket"]),
    st.fixed_dictionaries(
        {},
        optional={
            "score": st.sampled_from([1.0, 3.7, 5, 9.0]),
            "severity": st.sampled_from(["low", "critical", "odd"]),
            "solved": st.booleans(),
        },
    ),
)
CUSTOMERS = st.fixed_dictionaries(
    {
        "events": st.lists(EVENTS, max_size=10),
        "attributes": st.fixed_dictionaries(
            {}, optional={"age": st.integers(0, 120), "vip": st.booleans() | st.just("yes")}
        ),
        "consent": st.fixed_dictionaries(
            {}, optional={flag: st.booleans() for flag in ("email", "marketing", "personalization")}
        ),
        "time_zone": st.sampled_from([None, "UTC", "Asia/Kathmandu"]),
        "stated_phase": st.sampled_from([None, None, "interested", "customer"]),
        "exclude": st.sampled_from([(), (), ("teaser",), ("teaser@web", "care")]),
        "withheld": st.sampled_from([(), (), ("offer@email",)]),
        "rooms": st.sampled_from([{}, {"email": 0}, {"email": 3}]),
        "context": st.sampled_from([{}, {"device": "mobile"}, {"device": 3}]),
        "explain": st.sampled_from([False, False, False, True]),
        "in_account": st.sampled_from([False, False, False, True]),
        "has_window": st.sampled_from([False, False, False, True]),
        "is_ahead": st.sampled_from([False, False, False, True]),
        "requested": st.sampled_from([-1, -1, 0b10101]),
    }
)


def journey_of(base: Journey, drawn: dict[str, Any]) -> Journey:
    """``base`` with what was drawn."""
    actions = [replace(action, **own) for action, own in zip(base.actions, drawn["actions"], strict=True)]
    if drawn["requires"]:
        actions[1] = replace(actions[1], requires=("teaser",))
    channels = tuple(
        replace(c, quiet_hours=drawn["quiet"], daily_capacity=drawn["capacity"]) if c.name == "email" else c
        for c in base.channels
    )
    return replace(
        base,
        actions=tuple(actions),
        channels=channels,
        policies=drawn["policies"],
        contact_limits=drawn["limits"],
        accounts=Accounts(roles=(Role(name="buyer", label="Buyer"),)) if drawn["accounts"] else None,
    )


def request_of(ask: Ask, number: int, drawn: dict[str, Any]) -> tuple[DecisionRequest, int]:
    """The request of a customer, and what it asks for."""
    own = dict(drawn)
    events, requested = own.pop("events"), own.pop("requested")
    past = build_past(event_of(event, str(key)) for key, event in enumerate(events))
    account = AccountState(account_id="a", role="buyer") if own.pop("in_account") else None
    window = (NOW, NOW + timedelta(hours=6)) if own.pop("has_window") else None
    ahead = ()
    if own.pop("is_ahead"):
        later = NOW + timedelta(days=1)
        kind = Kind.CONTACT
        ahead = (
            Interaction(occurred_at=later, channel="email", touchpoint="contact", kind=kind, action="offer"),
        )
    fields = {"past": past, "account": account, "window": window, "ahead": ahead, **own}
    return ask(customer_id=f"c-{number}", decision_id=f"d-{number}", **fields), requested


def shown(result: FilterResult, journey: Journey) -> dict[str, Any]:
    """Everything that a result says."""
    return {
        "candidates": result.candidates.tolist(),
        "headroom": result.headroom.tolist(),
        "refusals": [(refusal.tier, refusal.code, refusal.treatments) for refusal in result.refusals],
        "failures": result.failures,
        "drop_outs": result.drop_outs(journey),
    }


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(JOURNEYS, st.lists(CUSTOMERS, min_size=2, max_size=8))
def test_many_at_once_are_each_alone(
    told_journey: Journey, ask: Ask, drawn: dict[str, Any], customers: list[dict[str, Any]]
) -> None:
    journey = journey_of(told_journey, drawn)
    engine = Engine(journey, None, "none")
    asked = [request_of(ask, number, each) for number, each in enumerate(customers)]
    requests, requested = [request for request, _ in asked], [admits for _, admits in asked]
    situations = engine.situate_all(requests)
    for _ in range(2):  # the second time from what is kept
        together = engine.screen_together.screen(requests, situations, requested)
        for at, (request, admits, result) in enumerate(zip(requests, requested, together, strict=True)):
            alone = engine.eligibility.screen(request, situations.take(slice(at, at + 1)), admits)
            assert shown(result, journey) == shown(alone, journey)


def test_customers_of_whom_barriers_say_the_same_share_the_refusals(tiny_journey: Journey, ask: Ask) -> None:
    engine = Engine(tiny_journey, None, "none")
    requests = [ask(customer_id=f"c-{n}", past=build_past(()), explain=False) for n in range(3)]
    first, *others = engine.screen_together.screen(requests, engine.situate_all(requests), [-1] * 3)
    assert first.refusals
    assert all(other.refusals is first.refusals for other in others)


def test_what_is_kept_stays_small(tiny_journey: Journey, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.policy.eligibility.together.screen._KEPT", 2)
    engine = Engine(tiny_journey, None, "none")
    consents = [{}, {"email": True}, {"email": False}, {"marketing": False}, {"personalization": False}]
    requests = [ask(past=build_past(()), consent=consent, explain=False) for consent in consents]
    situations = engine.situate_all(requests)
    together = engine.screen_together.screen(requests, situations, [-1] * len(requests))
    for at, result in enumerate(together):
        alone = engine.eligibility.screen(requests[at], situations.take(slice(at, at + 1)), -1)
        assert shown(result, tiny_journey) == shown(alone, tiny_journey)
