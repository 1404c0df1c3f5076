"""Effects that were learned in money, part by part.

Knows how to read the parts again; knows nothing of propensities. Method: ``models/learned/advantage``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Ints
from models.learned.advantage.contacts import ContactReader
from models.learned.advantage.served import ServedAdvantage
from models.learned.advantage.stated_phases import StatedPhases
from models.learned.features.situations import Situations
from models.learned.transition.effects import softmax
from models.policy.engine import Engine
from models.policy.scoring.new_treatments import trained_codes


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedEffect:
    """EUR that a treatment adds to doing nothing, before its cost.

    Attributes:
        phase: what the phase says.
        customer: what attributes, tastes and the contacts so far say.
        later: what it still does after the next decision; contact pressure is part of it.
    """

    phase: float
    customer: float
    later: float


def learned_effects(engine: Engine, situations: Situations, candidates: Ints) -> list[LearnedEffect | None]:
    """Of each candidate; None without such effects, and for treatments that the bundle has never seen."""
    models = engine.models
    if models is None or (own := models.advantage) is None:
        return [None] * len(candidates)
    codes = trained_codes(engine.journey, engine.trained)[candidates]
    reader = ContactReader(models.spec, engine.journey, own.treatments, own.channels, own.step_days)
    customer_x, phase = engine.builder.customer_features(situations), situations.phase
    chance = softmax(models.transition.baseline(customer_x, phase))
    stated = None if own.believed is None else _stated(engine, own, situations)
    situation = own.situation(reader.read(situations), customer_x, phase, chance, stated)
    advantage = own.advantage
    parts = np.stack(
        [
            advantage.phase_part(situation)[0],
            advantage.personal_part(situation)[0],
            advantage.later_part(situation)[0],
        ]
    )
    return [
        LearnedEffect(phase=phase, customer=customer, later=later) if code >= 0 else None
        for code, (phase, customer, later) in zip(codes.tolist(), parts.T[codes].tolist(), strict=True)
    ]


def believed_phases(engine: Engine, situations: Situations) -> dict[str, float] | None:
    """How likely the customer is in each phase, by name; None where the bundle takes phases at their word."""
    models = engine.models
    if models is None or (own := models.advantage) is None or own.believed is None:
        return None
    chances = own.believed.filter.now(_stated(engine, own, situations))[0].tolist()
    return dict(zip(engine.journey.phase_index, chances, strict=False))  # the last is having left


def _stated(engine: Engine, own: ServedAdvantage, situations: Situations) -> Ints:
    """(n, W) the phases that were stated lately."""
    return StatedPhases(engine.builder.machine, own.step_days).read(situations)
