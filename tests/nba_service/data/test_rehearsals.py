"""A rehearsal on customers as they are: who would get something else, and nothing is stored."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from models.policy.engine import Engine
from nba_service.data import rehearsals
from nba_service.services import Services
from nba_service.store.rows import CustomerRow


@pytest.fixture
def people(parts: Services) -> list[str]:
    names = [f"c-{n}" for n in range(6)]
    parts.store.plain.put_customers([CustomerRow(customer_id=n, consent={"email": True}) for n in names])
    return names


def without(parts: Services, action: str) -> Engine:
    journey = parts.source.current().journey
    rest = tuple(one for one in journey.actions if one.name != action)
    playbook = {
        phase: tuple(a for a in actions if a != action) for phase, actions in journey.playbook.items()
    }
    return Engine(replace(journey, actions=rest, playbook=playbook), None, "none")


def test_the_same_engine_changes_nothing(parts: Services, people: list[str]) -> None:
    done = rehearsals.rehearse(parts.decisions, people, parts.source.current().engine)

    assert (done.report.decisions, done.report.changed, done.people, done.left_out) == (6, 0, (), 0)


def test_who_would_get_something_else_is_named(parts: Services, people: list[str]) -> None:
    now = rehearsals.rehearse(parts.decisions, people, parts.source.current().engine)
    taken = max(now.report.shifts, key=lambda one: one.before if one.action != "nothing" else -1).action
    done = rehearsals.rehearse(parts.decisions, people, without(parts, taken))

    assert done.report.changed == len(done.people) > 0
    assert all(one.before[0] == taken != one.after[0] for one in done.people)
    assert parts.store.plain.overview.newest_decisions(9) == []


def test_it_ends_in_time_and_says_who_is_left_out(parts: Services, people: list[str]) -> None:
    seconds = itertools.count(0.0, 1.5)
    done = rehearsals.rehearse(
        parts.decisions, people, parts.source.current().engine, clock=lambda: next(seconds)
    )

    assert done.report.decisions + done.left_out == 6
    assert done.left_out > 0


def test_those_decided_for_last_come_first(parts: Services) -> None:
    assert rehearsals.latest_customers(parts.store) == []
