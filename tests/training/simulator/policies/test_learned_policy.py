"""A learned policy in a world chooses what the service's own scores say."""

from __future__ import annotations

import numpy as np
import pytest

from models.policy.engine import Engine
from training.simulator.log.log import look
from training.simulator.policies.learned_policy import LearnedPolicy, RankBy
from training.simulator.policies.policies import View
from training.simulator.rollout import rollout
from training.simulator.world.events import GrowingHistory
from training.simulator.world.world import World


@pytest.fixture(scope="module")
def view(solar: World) -> View:
    rng = np.random.default_rng(1)
    state, events = solar.start(solar.people(200, rng), rng)
    growing = GrowingHistory(200, solar.emission.touchpoints)
    growing.append(events)
    return look(solar, state, remaining=1, history=growing.history())


@pytest.mark.parametrize("by", list(RankBy))
def test_it_takes_the_best_eligible_treatment_of_each_customer(solar: World, view: View, by: RankBy) -> None:
    """Asked one customer at a time, the engine's best is the policy's choice."""
    engine = Engine(solar.journey, None, "priors")
    probabilities = LearnedPolicy(engine, by).probabilities(view)
    assert probabilities.sum(axis=1).tolist() == [1.0] * 200
    chosen = probabilities.argmax(axis=1)
    assert view.eligible[np.arange(200), chosen].all()
    history = view.history
    assert history is not None
    matrix = engine.builder.attribute_matrix(view.attributes)
    for i in range(0, 200, 10):
        one = engine.builder.situate(
            history=history, customer=np.array([i]), instant=view.instant[[i]], attributes=matrix
        )
        treatment = np.flatnonzero(view.eligible[i])
        if by is RankBy.RESPONSE and len(treatment) > 1:
            treatment = treatment[1:]
        scores = engine.score(one, np.zeros(len(treatment), dtype=np.int64), treatment)
        ranked = {
            RankBy.PRIORITY: scores.priority,
            RankBy.RESPONSE: scores.propensity,
            RankBy.IMMEDIATE: scores.immediate - scores.cost,
        }[by]
        assert chosen[i] == treatment[ranked.argmax()]


def test_priors_alone_can_be_rolled_out(solar: World) -> None:
    """From the first decision on there is a policy, before any bundle."""
    result = rollout(
        solar, LearnedPolicy(Engine(solar.journey, None, "priors")), 150, 4, np.random.default_rng(2)
    )
    assert np.isfinite(result.eur).all()
    assert result.nothing < 1.0
