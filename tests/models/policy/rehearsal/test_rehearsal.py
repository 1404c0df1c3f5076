"""Past decisions under another engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from models.bundle import Models
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.domain.objective import (
    Bounds,
    Exploration,
    ExplorationMethod,
)
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.rehearsal.rehearsal import Rehearsal

Ask = Callable[..., DecisionRequest]


def engine_with(journey: Journey, models: Models | None, **objective: Any) -> Engine:
    changed = replace(journey, objective=replace(journey.objective, **objective))
    return Engine(changed, models, "b", trained=journey)


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
