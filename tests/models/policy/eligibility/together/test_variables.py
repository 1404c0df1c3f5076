"""What rules read of many customers is what they read of each alone."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.past import build_past, event_of
from models.policy.eligibility.rule_facts import RuleVariables
from models.policy.eligibility.together.records import ManyRecords, OwnEvents
from models.policy.eligibility.together.variables import ManyVariables
from models.policy.engine import Engine
from tests.models.policy.conftest import NOW
from tests.models.policy.deciding import Ask
from tests.models.policy.eligibility.together.test_screen import EVENTS

PATHS = (
    *("seen", "seen.visit", "seen.quote", "days_since.visit", "days_since", "contacts.teaser", "contacts"),
    *("customer", "customer.id", "customer.attributes.age", "customer.consent.email", "customer.locale"),
    *(
        "phase",
        "phase.name",
        "phase.dwell_days",
        "phase.reached.interested",
        "phase.furthest",
        "now.hour",
        "now",
    ),
    *("context.device", "last.ticket.severity", "last", "mean.csat.d90", "mean", "now.weekday"),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.frozensets(st.sampled_from(PATHS), max_size=8),
    st.lists(st.lists(EVENTS, max_size=8), min_size=1, max_size=5),
)
def test_of_many_as_of_each(
    told_journey: Journey, ask: Ask, paths: frozenset[str], logs: list[list[Interaction]]
) -> None:
    engine = Engine(told_journey, None, "none")
    requests = [
        ask(
            customer_id=f"c-{number}",
            attributes={"age": number, "vip": "yes"},
            context={"device": "mobile"} if number else {},
            decided_at=NOW + timedelta(hours=number),
            past=build_past(event_of(event, str(key)) for key, event in enumerate(log)),
        )
        for number, log in enumerate(logs)
    ]
    situations, eligibility = engine.situate_all(requests), engine.eligibility
    own = OwnEvents.of(situations.history.start, situations.customer, situations.end)
    reader = ManyRecords(told_journey, eligibility.limits, eligibility.keeper)
    records = reader.read(situations.history, own, situations.instant)
    together = ManyVariables(told_journey, paths).variables(situations, requests, own, records)
    one = RuleVariables(told_journey, paths)
    for at, (request, variables) in enumerate(zip(requests, together, strict=True)):
        alone = situations.take(slice(at, at + 1))
        assert variables == one.variables(alone, request, eligibility.record(request, alone))


def test_customers_who_told_nothing_share_what_stands_for_it(told_journey: Journey, ask: Ask) -> None:
    engine = Engine(told_journey, None, "none")
    requests = [ask(past=build_past(())), ask(past=build_past(()))]
    situations, eligibility = engine.situate_all(requests), engine.eligibility
    own = OwnEvents(np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.int64))
    reader = ManyRecords(told_journey, eligibility.limits, eligibility.keeper)
    records = reader.read(situations.history, own, situations.instant)
    first, second = ManyVariables(told_journey, ["last"]).variables(situations, requests, own, records)
    assert first["last"] is second["last"]


def test_rules_about_accounts_are_left_to_each_alone(tiny_journey: Journey) -> None:
    assert ManyVariables(tiny_journey, ["account.people"]).of_accounts
    assert not ManyVariables(tiny_journey, ["seen.visit"]).of_accounts
