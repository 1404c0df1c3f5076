"""Simple policies in the form of a bundle.

For logs where what was learned is surely worse. Knows the form; knows nothing of when that is so.
"""

from __future__ import annotations

import numpy as np

from models.bundle import Models
from models.domain.journey import Journey
from models.learned.advantage.attributes import AttributeColumns
from models.learned.advantage.model import Advantage, Effects
from models.learned.advantage.served import Centres, ServedAdvantage, Stakes
from models.policy.eligibility.catalogue import Catalogue


def do_nothing(journey: Journey, models: Models) -> ServedAdvantage:
    """Nothing adds anything, and every contact has its cost."""
    return _without_effects(journey, models, responses=False)


def responses_alone(journey: Journey, models: Models) -> ServedAdvantage:
    """A treatment adds what its response brings, p × value, and nothing else."""
    return _without_effects(journey, models, responses=True)


def _without_effects(journey: Journey, models: Models, responses: bool) -> ServedAdvantage:
    phases, treatments = len(journey.phases), len(journey.treatments)
    catalogue = Catalogue.of(journey)
    nil, none = np.zeros((phases, treatments)), np.zeros(0)
    effects = Effects(
        channel=np.array([journey.channel_index.get(t.channel or "", -1) for t in journey.treatments]),
        tires=np.arange(treatments) > 0,
        by_phase=nil,
        by_attribute=np.zeros((treatments, 0)),
        by_contact=np.zeros(5),
        by_recent=np.zeros(treatments),
    )
    return ServedAdvantage(
        advantage=Advantage(cost=catalogue.cost.astype(np.float64), later=nil, money=effects),
        treatments=tuple((t.action, t.channel) for t in journey.treatments),
        channels=tuple(journey.channel_index),
        attributes=AttributeColumns(
            position=np.zeros(0, dtype=np.int64), code=np.zeros(0, dtype=np.int64), mean=none, spread=none
        ),
        stakes=Stakes(
            reward=np.zeros((phases, phases)),
            after=np.zeros(phases),
            margin=none,
            variance=np.ones(phases),
            up=np.zeros((phases, phases), dtype=bool),
        ),
        centres=Centres(taste=np.zeros(len(journey.channels)), felt=np.zeros(4), recent=np.zeros(treatments)),
        step_days=models.value.horizon_days,
        value=np.zeros(treatments) if responses else catalogue.value.astype(np.float64),
        error=nil,
        error_of_moves=nil,
    )
