"""A rehearsal on customers as they are: who would get something else, and nothing is stored."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from models.domain.history import to_ms
from models.policy.engine import Engine
from nba_service.data import rehearsals
from nba_service.data.rehearsed_change import RehearsedChange
from nba_service.decisions.calls import DecisionCall
from nba_service.errors import Problem
from nba_service.services import Services
from nba_service.store.rows import CustomerRow, DecisionRow


@pytest.fixture
def people(parts: Services) -> list[str]:
    names = [f"c-{n}" for n in range(6)]
    parts.store.plain.put_customers([CustomerRow(customer_id=n, consent={"email": True}) for n in names])
    return names


def as_now(parts: Services) -> RehearsedChange:
    return RehearsedChange(engine=parts.source.current().engine)


def without(parts: Services, action: str) -> Engine:
    journey = parts.source.current().journey
    rest = tuple(one for one in journey.actions if one.name != action)
    playbook = {
        phase: tuple(a for a in actions if a != action) for phase, actions in journey.playbook.items()
    }
    return Engine(replace(journey, actions=rest, playbook=playbook), None, "none")


def test_the_same_engine_changes_nothing(parts: Services, people: list[str]) -> None:
    done = rehearsals.rehearse(parts.decisions, parts.store, people, as_now(parts))

    assert (done.report.decisions, done.report.changed, done.people, done.left_out) == (6, 0, (), 0)


def test_who_would_get_something_else_is_named(parts: Services, people: list[str]) -> None:
    now = rehearsals.rehearse(parts.decisions, parts.store, people, as_now(parts))
    taken = max(now.report.shifts, key=lambda one: one.before if one.action != "nothing" else -1).action
    done = rehearsals.rehearse(
        parts.decisions, parts.store, people, RehearsedChange(engine=without(parts, taken))
    )

    assert done.report.changed == len(done.people) > 0
    assert all(one.before[0] == taken != one.after[0] for one in done.people)
    assert parts.store.plain.overview.newest_decisions(9) == []


def test_it_ends_in_time_and_says_who_is_left_out(parts: Services, people: list[str]) -> None:
    seconds = itertools.count(0.0, 1.5)
    done = rehearsals.rehearse(
        parts.decisions, parts.store, people, as_now(parts), clock=lambda: next(seconds)
    )

    assert done.report.decisions + done.left_out == 6
    assert done.left_out > 0


def test_those_decided_for_last_come_first(parts: Services) -> None:
    assert rehearsals.latest_customers(parts.store) == []


def test_the_weeks_ahead_follow_the_weeks_behind(parts: Services, people: list[str]) -> None:
    """Asked twice lately for e-mail, so twice ahead; who was not asked for counts as a customer without."""
    now = parts.decisions.hypothetical(DecisionCall(customer_id="c-0")).request.decided_at
    for number, days in enumerate((20, 3, 40)):  # the last is longer ago than four weeks
        row = decided(f"d-{number}", "c-0", to_ms(now - timedelta(days=days)))
        parts.store.plain.add_decisions([row])
    asked = rehearsals.occasions_of(parts.store, people, now)
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    assert {who: [one.at for one in moments] for who, moments in asked.items()} == {
        "c-0": [noon + timedelta(days=8), noon + timedelta(days=25)]
    }
    assert [one.channels for one in asked["c-0"]] == [("email",)] * 2

    found = rehearsals.rehearse(parts.decisions, parts.store, people, as_now(parts)).pressure
    assert (found.customers, found.occasions) == (6, 2)
    assert [week.before for week in found.weeks] == [week.after for week in found.weeks]
    assert [week.most_after for week in found.weeks] == [0.0, 1.0, 0.0, 1.0]


def test_what_was_asked_for_over_http_is_asked_for_again(parts: Services, people: list[str]) -> None:
    call = DecisionCall(customer_id="c-1", channels=("email", "web"), limit=2)
    parts.decisions.decide([call])
    now = parts.decisions.hypothetical(call).request.decided_at
    (one,) = rehearsals.occasions_of(parts.store, people, now)["c-1"]

    assert (one.channels, one.placements, one.limit) == (("email", "web"), None, 2)


def decided(decision_id: str, customer: str, at: int) -> DecisionRow:
    gone = dict.fromkeys(
        ("context", "candidates", "bundle", "policy", "arm", "request", "answer", "state"), None
    )
    return DecisionRow(
        decision_id=decision_id,
        customer_id=customer,
        decided_at=at,
        delivered_at=at,
        action="teaser",
        channel="email",
        action_probability=0.5,
        contacts=(("teaser", "email"),),
        **gone,
    )


def test_only_those_of_a_group_are_rehearsed(parts: Services, people: list[str]) -> None:
    """Who agreed to e-mail is in; of whom nothing is known is not, and a condition that is none is told."""
    parts.store.plain.put_customers([CustomerRow(customer_id="c-9", consent={"email": False})])
    change, everybody = as_now(parts), [*people, "c-9", "c-unknown"]
    agreed = "has(customer.consent.email) && customer.consent.email"

    done = rehearsals.rehearse(parts.decisions, parts.store, everybody, change, group=agreed)
    assert (done.report.decisions, done.left_out) == (6, 0)
    some = rehearsals.rehearse(parts.decisions, parts.store, everybody, change, group=agreed, most=2)
    assert (some.report.decisions, some.pressure.customers) == (2, 2)
    others = rehearsals.rehearse(
        parts.decisions, parts.store, everybody, change, group="!customer.consent.email"
    )
    assert others.report.decisions == 1  # of whom nothing is known the condition fails
    with pytest.raises(Problem, match="expected a condition on the customer"):
        rehearsals.rehearse(parts.decisions, parts.store, everybody, change, group="seen.visit > 0")
