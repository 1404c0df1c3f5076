"""Learns where customers go after the next step.

From a phase, by what was known of them before.

The first step of a path is what the phase model says now. Later ones begin in another phase and at another
time, and what is known fades: a visit of yesterday says much of the next two weeks and little of those in
spring, an attribute as much as today. So decisions up to ``WITHIN_DAYS`` later teach it, each with the
features of an earlier decision of the same customer: the chain of phases, what those features add in every
phase alike, and what treatments change, as the phase model has it.

Knows features and next phases; knows nothing of money.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.learned.transition.calibration import fit_level
from models.learned.transition.chain import fit_chain
from models.learned.transition.course import fit_course
from models.learned.transition.effects import softmax
from models.learned.transition.further_steps import MOST_SPREAD, FurtherSteps
from models.learned.transition.model import TransitionModel
from models.learned.trees.parameters import FeatureColumns

WITHIN_DAYS: Final = 90.0
_LEAST_PAIRS: Final = 500
_MOST_PAIRS: Final = 200_000
_WITHIN_MS: Final = WITHIN_DAYS * DAY_MS
_GOLDEN: Final = 0.6180339887498949  # its multiples fill [0, 1) evenly


def fit_further(
    model: TransitionModel,
    *,
    journey: Journey,
    spec: FeatureColumns,
    customer_x: AnyFloats,
    at: AnyInts,
    phase: AnyInts,
    treatment: AnyInts,
    next_phase: AnyInts,
    customer: AnyInts,
    instant: AnyInts,
) -> FurtherSteps | None:
    """Learn from pairs of decisions; None: too few of them, or no horizon in days.

    Args:
        model: of one step; its effects count.
        customer_x: shape (N, F).
        at: shape (n,). Where the features of the decisions stand.
        phase, treatment, next_phase, customer: shape (n,). The next phase is known.
        instant: shape (n,). Milliseconds since 1970 UTC.
    """
    if journey.objective.horizon_days is None:
        return None
    before, after = pairs_of(customer, instant)
    if len(before) < _LEAST_PAIRS:
        return None
    then = {"phase": phase[after], "next_phase": next_phase[after]}
    chain = np.log(fit_chain(journey, then["phase"], treatment[after], then["next_phase"]))
    known = chain[then["phase"]] + model.effects[then["phase"], treatment[after]]
    course = fit_course(spec=spec, customer_x=customer_x, at=at[before], known=known, **then)
    logits = known + course.scores(customer_x[at[before]], then["phase"])
    shift, _ = fit_level(logits=logits, **then)
    found = FurtherSteps(chain=chain + shift, course=course)
    apart = instant[after] - instant[before] >= journey.objective.horizon_days * DAY_MS
    first, later = before[apart], after[apart]
    surprise = [
        _surprise(found, model, customer_x[at[first]], phase[rows], treatment[rows], next_phase[rows])
        for rows in (first, later)
    ]
    return replace(found, spread=_spread(*surprise))


def _surprise(
    steps: FurtherSteps,
    model: TransitionModel,
    x: AnyFloats,
    phase: AnyInts,
    treatment: AnyInts,
    next_phase: AnyInts,
) -> tuple[Floats, Floats]:
    """By how much moves forward of n decisions were unexpected, and the variance of that: shape (n,) each."""
    chance = softmax(steps.chain[phase] + steps.course.scores(x, phase) + model.effects[phase, treatment])
    forward = (chance * (np.arange(chance.shape[1]) > phase[:, None])).sum(axis=1)
    return (next_phase > phase) - forward, forward * (1.0 - forward)


def _spread(first: tuple[Floats, Floats], later: tuple[Floats, Floats]) -> float:
    """Standard deviation of the log-odds of moving forward between customers that look the same.

    Who moves on faster than expected once does so again: what two decisions of one customer share is that.
    """
    shared, scale = float(first[0] @ later[0]), float(first[1] @ later[1])
    return float(np.sqrt(np.clip(shared / scale, 0.0, MOST_SPREAD**2))) if scale > 0 else 0.0


def pairs_of(customer: AnyInts, instant: AnyInts) -> tuple[AnyInts, AnyInts]:
    """Positions of decisions and of a later one of the same customer within ``WITHIN_DAYS`` each.

    Which later one: evenly spread over those that there are.
    """
    if not len(customer):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    order = np.lexsort((instant, customer))
    own = np.unique(customer, return_inverse=True)[1][order].astype(np.float64)
    span = float(instant.max() - instant.min()) + 2.0 * _WITHIN_MS
    line = own * span + (instant[order] - instant.min())
    place = np.arange(len(order))
    later = np.searchsorted(line, line + _WITHIN_MS, side="right") - place - 1
    usable = np.flatnonzero(later > 0)
    usable = usable[
        np.unique(np.linspace(0, len(usable) - 1, min(len(usable), _MOST_PAIRS)).astype(np.int64))
    ]
    spread = (usable * _GOLDEN) % 1.0
    chosen = usable + 1 + np.floor(spread * later[usable]).astype(np.int64)
    return order[usable], order[chosen]
