"""The path ahead: which phases a customer likely sees within three months.

The first step is what the models expect of this customer and treatment; from there on, customers of a phase
move as they do when nothing is done. So the path says what one action changes, and promises nothing of those
that follow. Knows the phase chain; knows nothing of texts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from models.arrays import Floats
from models.learned.transition.effects import softmax
from models.policy.engine import Engine
from models.policy.explain.alternatives import first_choice
from models.policy.explain.sequences import LEAST, likeliest, quantiles, reached_by
from models.policy.steps import DecisionSteps, run_steps

DAYS: Final = 90.0
YEAR: Final = 365.0
"""Times to a phase are of those who enter it within a year."""
MOST_SEQUENCES: Final = 3
SHARES: Final = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class WayPoint:
    """A phase on a sequence.

    ``days``: until it is entered, on average. ``action``, ``channel``: what would rank first there, as
    limits, consents and history are now; None: nothing was asked.
    """

    phase: str
    days: float
    action: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A sequence of phases within ``days`` of the path.

    ``phases`` empty: the customer stays.
    """

    probability: float
    phases: tuple[WayPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTo:
    """Days until a phase is entered.

    Of those who enter it within a year.

    ``probability``: that they do; ``low`` and ``high``: 5 % are earlier, 5 % later.
    """

    probability: float
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PathAhead:
    """Chances to enter each other phase within ``days``.

    ``chosen``: if the chosen action is done and nothing after it; ``nothing``: if nothing is done at all.
    ``ways``: likeliest sequences of phases, of both; ``times``: days to each phase that can be entered, if
    the chosen action is done.
    """

    days: float
    chosen: Mapping[str, float]
    nothing: Mapping[str, float]
    ways: tuple[Way, ...] = ()
    ways_of_nothing: tuple[Way, ...] = ()
    times: Mapping[str, TimeTo] = field(default_factory=dict)


def path_ahead(engine: Engine, steps: DecisionSteps) -> PathAhead | None:
    """Of the first slot's choice; None: no model, or one that knows the next phase but not when."""
    models, horizon = engine.models, engine.journey.objective.horizon_days
    if models is None or horizon is None:
        return None
    chain = softmax(models.transition.chain + models.transition.calibration.shift)
    further = max(math.ceil(DAYS / horizon) - 1, 0)
    phase = int(steps.situations.phase[0])
    leads_to = steps.scores.leads_to[[steps.picks[0].candidate, 0]]
    chosen, nothing = entered(leads_to, chain, further).tolist()
    names = [one.name for one in engine.journey.phases]
    return PathAhead(
        days=(further + 1) * horizon,
        chosen={name: chosen[code] for code, name in enumerate(names) if code != phase},
        nothing={name: nothing[code] for code, name in enumerate(names) if code != phase},
        ways=_with_actions(engine, steps, _ways(names, phase, leads_to[0], chain, further, horizon)),
        ways_of_nothing=_ways(names, phase, leads_to[1], chain, further, horizon),
        times=_times(names, phase, leads_to[0], chain, horizon),
    )


def _ways(
    names: list[str], phase: int, leads_to: Floats, chain: Floats, further: int, horizon: float
) -> tuple[Way, ...]:
    return tuple(
        Way(
            probability=found.chance,
            phases=tuple(
                WayPoint(phase=names[code], days=(step - 0.5) * horizon)  # within a step at any time
                for code, step in zip(found.phases, found.steps, strict=True)
            ),
        )
        for found in likeliest(phase, leads_to, chain, further, MOST_SEQUENCES)
    )


def _with_actions(engine: Engine, steps: DecisionSteps, ways: tuple[Way, ...]) -> tuple[Way, ...]:
    """The likeliest way on which somebody moves, with what would rank first in each of its phases."""
    on = next((number for number, way in enumerate(ways) if way.phases), None)
    if on is None:
        return ways
    told = tuple(_with_action(engine, steps, point) for point in ways[on].phases)
    return (*ways[:on], replace(ways[on], phases=told), *ways[on + 1 :])


def _with_action(engine: Engine, steps: DecisionSteps, point: WayPoint) -> WayPoint:
    then = run_steps(engine, replace(steps.request, stated_phase=point.phase, window=None))
    best = first_choice(engine, then)
    return replace(point, action=best.action, channel=best.channel)


def _times(
    names: list[str], phase: int, leads_to: Floats, chain: Floats, horizon: float
) -> dict[str, TimeTo]:
    reached = reached_by(leads_to, chain, max(math.ceil(YEAR / horizon), 1))
    found = {}
    for code, name in enumerate(names):
        if code != phase and reached[-1, code] > LEAST:
            low, median, high = (horizon * each for each in quantiles(reached[:, code], SHARES))
            found[name] = TimeTo(probability=float(reached[-1, code]), low=low, median=median, high=high)
    return found


def entered(leads_to: Floats, chain: Floats, further: int) -> Floats:
    """Chance to have been in each phase after the first step or one of ``further`` steps.

    Args:
        leads_to: shape (n, P). Phase after the first step.
        chain: shape (P, P). P(next phase | phase); rows sum to one.

    Returns:
        Shape (n, P), in [0, 1].
    """
    phases = len(chain)
    found = np.empty_like(leads_to)
    for phase in range(phases):
        staying = chain.copy()
        staying[phase] = np.eye(phases)[phase]  # once entered, it counts
        found[:, phase] = (leads_to @ np.linalg.matrix_power(staying, further))[:, phase]
    return np.clip(found, 0.0, 1.0)
