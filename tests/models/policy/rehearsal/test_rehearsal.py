"""Past decisions under another engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.bundle import Models
from models.domain.journey import Journey
from models.domain.objective import (
    Bounds,
    Exploration,
    ExplorationMethod,
)
from models.policy.decide import decide
from models.policy.rehearsal.rehearsal import Rehearsal
from tests.models.policy.deciding import Ask, engine_with


def test_a_rehearsal_says_what_the_bounds_cost(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    """Nothing, had the best not been refused; all that it would have earned, had it."""
    certain = Exploration(method=ExplorationMethod.NONE)
    free = engine_with(tiny_journey, learned, exploration=certain)
    request = ask(stated_phase="interested")
    gain = decide(free, request).actions[0].value.over_nothing
    assert gain > 0.0
    for least, bounded, cost in ((-1e6, 0, 0.0), (gain + 0.01, 1, gain)):
        strict = engine_with(tiny_journey, learned, exploration=certain, bounds=Bounds(minimum_gain=least))
        rehearsal = Rehearsal(strict)
        rehearsal.add(free, request)
        report = rehearsal.report()
        assert report.bounded == bounded
        assert report.bounds_cost == pytest.approx(cost)


def test_a_rehearsal_says_why_nothing_is_left(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    """At night mails rest; under a file without quiet hours they are sent."""
    night = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    awake = tuple(replace(channel, quiet_hours=None) for channel in tiny_journey.channels)
    before = engine_with(tiny_journey, learned)
    after = engine_with(replace(tiny_journey, channels=awake), learned)
    rehearsal = Rehearsal(after)
    rehearsal.add(before, ask(stated_phase="interested", channels=("email",), decided_at=night))
    report = rehearsal.report()

    assert (dict(report.nothing_before), dict(report.nothing_after)) == ({"interested": 1}, {})
    assert (dict(report.why_nothing_before), dict(report.why_nothing_after)) == ({"QUIET_HOURS": 1}, {})
