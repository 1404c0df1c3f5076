"""Effects in money as a bundle would carry them, made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from models.arrays import Floats
from models.domain.journey import Journey
from models.learned.advantage.attributes import AttributeColumns
from models.learned.advantage.belief import PhaseBelief
from models.learned.advantage.believed import Believed
from models.learned.advantage.model import Advantage, Effects
from models.learned.advantage.served import Centres, ServedAdvantage, Stakes
from models.learned.features.spec import FeatureSpec


@pytest.fixture(scope="session")
def make_advantage() -> Callable[[Journey, FeatureSpec], ServedAdvantage]:
    """Of a journey and the features of its models; the same every time."""

    def make(journey: Journey, spec: FeatureSpec) -> ServedAdvantage:
        rng = np.random.default_rng(11)
        phases, channels, treatments = len(journey.phases), len(journey.channels), len(journey.treatments)
        names = [k for k, name in enumerate(spec.customer_names) if name.startswith("attribute.")]
        something = np.arange(treatments) > 0
        index = [journey.channel_index.get(t.channel or "", -1) for t in journey.treatments]
        actions = [journey.action_index.get(t.action, -1) for t in journey.treatments]
        tables = rng.standard_normal((3, phases, treatments)) * something

        def effects(by_phase: Floats) -> Effects:
            return Effects(
                channel=np.array(index),
                tires=something,
                by_phase=by_phase,
                by_attribute=rng.standard_normal((treatments, len(names))) * something[:, None],
                by_contact=rng.standard_normal(5),
                by_recent=rng.standard_normal(treatments) * something,
                phase_share=0.8,
                personal_share=0.5,
            )

        advantage = Advantage(
            cost=np.array([0.0 if c < 0 else journey.channels[c].cost for c in index]),
            later=tables[1],
            money=effects(tables[0]),
            moves=effects(tables[1] * 0.3),
        )
        k = len(names)
        return ServedAdvantage(
            advantage=advantage,
            treatments=tuple((t.action, t.channel) for t in journey.treatments),
            channels=tuple(journey.channel_index),
            attributes=AttributeColumns(
                position=np.array(names, dtype=np.int64),
                code=np.full(k, -1),
                mean=np.full(k, 50.0),
                spread=np.full(k, 20.0),
            ),
            stakes=Stakes(
                reward=rng.uniform(0, 20, (phases, phases)),
                after=rng.uniform(0, 50, phases),
                margin=np.full(k, 0.1),
                variance=rng.uniform(10, 100, phases),
                up=np.arange(phases)[:, None] < np.arange(phases),
            ),
            centres=Centres(
                taste=rng.standard_normal(channels), felt=rng.random(4), recent=rng.random(treatments)
            ),
            step_days=np.full(phases, 14.0),
            value=np.array([0.0 if a < 0 else journey.actions[a].value for a in actions]),
            error=np.abs(tables[2]),
            error_of_moves=np.abs(tables[2]) * 0.5,
        )

    return make


@pytest.fixture(scope="session")
def believing() -> Callable[[ServedAdvantage], ServedAdvantage]:
    """The same effects where a fifth of the phases is stated wrongly."""

    def make(served: ServedAdvantage) -> ServedAdvantage:
        phases, slopes = len(served.step_days), 0.1 * np.ones((len(served.attributes.position), 1))
        moves = np.eye(phases + 1) * 0.7 + 0.3 / (phases + 1)
        stated = np.eye(phases + 1) * 0.8
        stated[:-1, :-1] += 0.2 / phases
        stated[-1, -1] = 1.0
        own, left = served.stakes, np.zeros((phases, 1))
        return replace(
            served,
            stakes=replace(own, reward=np.hstack([own.reward, left]), up=np.hstack([own.up, left > 0])),
            believed=Believed(
                filter=PhaseBelief(start=moves[0], moves=moves, stated=stated),
                slopes=slopes * np.arange(phases + 1),
            ),
        )

    return make
