"""Where a customer stands after the events of a log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from models.domain.history import DAY_MS, build_history, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey, PhaseRule
from models.domain.phases import PhaseMachine

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


ORIGIN = to_ms(NOON)


class Stand(NamedTuple):
    phase: str
    since: float  # days after NOON


def at(days: float) -> int:
    return ORIGIN + round(days * DAY_MS)


def event(days: float, touchpoint: str, **more: object) -> Interaction:
    return Interaction(occurred_at=NOON + timedelta(days=days), channel="web", touchpoint=touchpoint, **more)  # type: ignore[arg-type]


def look(journey: Journey, interactions: Sequence[Interaction], days: float) -> Stand:
    history = build_history(journey, [interactions])
    customer, instant = np.array([0]), np.array([at(days)])
    phase, since = PhaseMachine(journey).trace(history).at(customer, history.ends(customer, instant), instant)
    return Stand(journey.phases[phase[0]].name, (int(since[0]) - ORIGIN) / DAY_MS)


def with_rules(journey: Journey, *rules: PhaseRule) -> Journey:
    return replace(journey, phase_rules=rules)
