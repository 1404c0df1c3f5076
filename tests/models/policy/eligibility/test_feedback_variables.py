"""Rules see what customers told: the last value, and means within days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.domain.decision import DecisionRequest
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.policy.decide import decide
from models.policy.engine import Engine
from tests.models.policy.deciding import Ask, candidates, rule, run, with_policies


def told(request: DecisionRequest, days_ago: float, touchpoint: str, **properties: object) -> Interaction:
    moment = request.decided_at - timedelta(days=days_ago)
    return Interaction(occurred_at=moment, channel="web", touchpoint=touchpoint, properties=properties)


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("last.csat == 4.0 && mean.csat.d30 == 3.0", True),
        ("has(mean.csat.d7) && mean.csat.d7 == 4.0", True),
        ('last.ticket.severity == "critical" && !has(last.ticket.solved)', True),
        ("mean.ticket.hours.d90 == 2.0", True),
        ("last.csat < 4.0", False),
        ("has(last.ticket.words)", False),
    ],
)
def test_what_rules_see(told_journey: Journey, ask: Ask, when: str, holds: bool) -> None:
    now = ask()
    log = [
        told(now, 20, "csat", score=2),
        told(now, 6, "csat", score=4),
        told(now, 1, "ticket", severity="critical", hours=2),
    ]
    journey = with_policies(told_journey, rule(when, channels=("web",)))
    assert ("teaser@web" in candidates(run(journey, ask(*log)))) is holds


def test_a_customer_who_told_nothing_has_no_values(told_journey: Journey, ask: Ask) -> None:
    when = "!has(last.csat) && !has(mean.csat.d90) && !has(last.ticket.severity)"
    assert "teaser@web" in candidates(run(with_policies(told_journey, rule(when)), ask()))


def test_a_critical_ticket_stops_marketing_until_it_is_solved(told_journey: Journey, ask: Ask) -> None:
    engine, now = Engine(told_journey, None, "none"), ask()
    critical = told(now, 2, "ticket", severity="critical", solved=False)
    solved = told(now, 1, "ticket", severity="critical", solved=True)
    assert candidates(decide(engine, ask())) > {"teaser@web"}
    assert candidates(decide(engine, ask(critical))) == {"nothing"}
    assert "teaser@web" in candidates(decide(engine, ask(critical, solved)))
