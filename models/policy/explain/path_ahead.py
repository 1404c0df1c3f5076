"""The path ahead: which phases a customer likely sees within three months.

The first step is what the models expect of this customer and treatment. Later steps are this customer's, too:
what is known of them fades as later decisions of others show, and in each phase the policy does what it would
do there, as limits, consents and history are now. Next to it stands the path if nothing is done at all.
Customers who look the same are faster or slower than each other, by as much as the log shows; chances and
times are those of all of them. Knows engines and steps; knows nothing of texts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from models.arrays import Floats
from models.bundle import Models
from models.domain.actions import Treatment
from models.learned.transition.effects import softmax
from models.policy.engine import Engine
from models.policy.explain.alternatives import first_choice
from models.policy.explain.sequences import LEAST, hastened, likeliest, quantiles, reached_by, speeds
from models.policy.steps import DecisionSteps, run_steps

DAYS: Final = 90.0
YEAR: Final = 365.0
"""Times to a phase are of those who enter it within a year."""
MOST_SEQUENCES: Final = 3
SHARES: Final = (0.04, 0.5, 0.96)
"""Of those who enter a phase; nine of ten do within such an interval (docs/benchmarks/path-ahead.md)."""


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

    ``probability``: that they do; ``low`` and ``high``: 4 % are earlier, 4 % later.
    """

    probability: float
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PathAhead:
    """Chances to enter each other phase within ``days``.

    ``phase``: the one of now. ``chosen``: if the chosen action is done, and later what the policy chooses
    then; ``nothing``: if nothing is done at all. ``ways``: likeliest sequences of phases, ``times``: days to
    each phase that can be entered, of both.
    """

    phase: str
    days: float
    chosen: Mapping[str, float]
    nothing: Mapping[str, float]
    ways: tuple[Way, ...] = ()
    ways_of_nothing: tuple[Way, ...] = ()
    times: Mapping[str, TimeTo] = field(default_factory=dict)
    times_of_nothing: Mapping[str, TimeTo] = field(default_factory=dict)


def path_ahead(engine: Engine, steps: DecisionSteps, candidate: int | None = None) -> PathAhead | None:
    """Of the first slot's choice; None: no model, or one that knows the next phase but not when.

    Args:
        candidate: position of another candidate that is done now.
    """
    models, horizon = engine.models, engine.journey.objective.horizon_days
    if models is None or horizon is None:
        return None
    names = [one.name for one in engine.journey.phases]
    phase = int(steps.situations.phase[0])
    later = _Later.of(engine, steps, models)
    first = steps.picks[0].candidate if candidate is None else candidate
    own = steps.scores.leads_to[[first, 0]]
    spread = 0.0 if models.transition.further is None else models.transition.further.spread
    chosen, nothing = (
        _Course(phase, leads_to, chain, horizon, spread)
        for leads_to, chain in ((own[0], later.ours), (own[1], later.nothing))
    )
    return PathAhead(
        days=DAYS,
        phase=names[phase],
        chosen=chosen.chances(names),
        nothing=nothing.chances(names),
        ways=_with_actions(later, names, chosen.ways(names)),
        ways_of_nothing=nothing.ways(names),
        times=chosen.times(names),
        times_of_nothing=nothing.times(names),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Later:
    """Steps after the first, shape (P, P) each: under our policy, and with nothing done at all.

    ``first``: what ranks first in each phase, as limits, consents and history are now.
    """

    ours: Floats
    nothing: Floats
    first: tuple[Treatment, ...]

    @classmethod
    def of(cls, engine: Engine, steps: DecisionSteps, models: Models) -> _Later:
        situations = steps.situations
        logits = models.transition.further_baseline(engine.builder.customer_features(situations))
        ours, first, now = np.empty_like(logits), [], int(situations.phase[0])
        for code, phase in enumerate(engine.journey.phases):
            request = replace(steps.request, stated_phase=phase.name, window=None)
            then = steps if code == now else run_steps(engine, request)
            moved = np.log(np.maximum(then.scores.leads_to, LEAST))
            ours[code] = then.picks[0].probability @ softmax(logits[code] + moved - moved[0])
            first.append(first_choice(engine, then))
        return cls(ours=ours, nothing=softmax(logits), first=tuple(first))


class _Course:
    """From a phase on, by a first step and a chain of later ones.

    Chances and times are those of customers who look the same and are faster or slower than another.
    """

    def __init__(self, phase: int, leads_to: Floats, chain: Floats, horizon: float, spread: float) -> None:
        self._phase, self._leads_to, self._chain, self._horizon = phase, leads_to, chain, horizon
        steps = max(math.ceil(YEAR / horizon), 1)
        self._reached = np.zeros((steps, len(chain)))
        for share, faster in speeds(spread):
            now, later = hastened(leads_to, phase, faster), hastened(chain, None, faster)
            self._reached += share * reached_by(now, later, steps)

    def chances(self, names: list[str]) -> dict[str, float]:
        """To have entered each other phase within ``DAYS``."""
        curve = np.vstack((np.zeros(len(names)), self._reached))
        days = np.arange(len(curve)) * self._horizon
        return {
            name: float(np.interp(DAYS, days, curve[:, code]))
            for code, name in enumerate(names)
            if code != self._phase
        }

    def ways(self, names: list[str]) -> tuple[Way, ...]:
        """The likeliest sequences of phases within ``DAYS``, to the nearest step."""
        further = max(round(DAYS / self._horizon) - 1, 0)
        return tuple(
            Way(
                probability=found.chance,
                phases=tuple(
                    WayPoint(
                        phase=names[code], days=(step - 0.5) * self._horizon
                    )  # within a step at any time
                    for code, step in zip(found.phases, found.steps, strict=True)
                ),
            )
            for found in likeliest(self._phase, self._leads_to, self._chain, further, MOST_SEQUENCES)
        )

    def times(self, names: list[str]) -> dict[str, TimeTo]:
        """To each other phase that can be entered within a year."""
        found = {}
        for code, name in enumerate(names):
            curve = self._reached[:, code]
            if code != self._phase and curve[-1] > LEAST:
                low, median, high = (self._horizon * each for each in quantiles(curve, SHARES))
                found[name] = TimeTo(probability=float(curve[-1]), low=low, median=median, high=high)
        return found


def _with_actions(later: _Later, names: list[str], ways: tuple[Way, ...]) -> tuple[Way, ...]:
    """The likeliest way on which somebody moves, with what would rank first in each of its phases."""
    on = next((number for number, way in enumerate(ways) if way.phases), None)
    if on is None:
        return ways
    best = [later.first[names.index(point.phase)] for point in ways[on].phases]
    told = [
        replace(point, action=one.action, channel=one.channel)
        for point, one in zip(ways[on].phases, best, strict=True)
    ]
    return (*ways[:on], replace(ways[on], phases=tuple(told)), *ways[on + 1 :])
