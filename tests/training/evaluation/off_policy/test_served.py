"""Ours as it is served: exact probabilities, with the exploration that the journey file asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.domain.journey import Journey
from models.domain.objective import Bounds, Exploration, ExplorationMethod
from models.journey_file import parse_journey
from models.policy.choice.exploration import first_best, inverse_gap, with_floor
from models.policy.engine import Engine
from training.evaluation.off_policy import served
from training.evaluation.off_policy.served import served_probabilities, within_bounds

EXPLORATIONS = [
    Exploration(),
    Exploration(method=ExplorationMethod.THOMPSON),
    Exploration(method=ExplorationMethod.NONE),
    Exploration(at_most=0.1),
]


@pytest.fixture(scope="module")
def journey(examples: Path) -> Journey:
    path = examples / "solar/journey.yaml"
    return parse_journey(path.read_bytes(), str(path))


def engine_of(journey: Journey, exploration: Exploration) -> Engine:
    return Engine(
        replace(journey, objective=replace(journey.objective, exploration=exploration)), None, "none"
    )


def drawn(journey: Journey, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    shape = (rows, len(journey.treatments))
    mask = rng.random(shape) < 0.2
    mask[:, 0] = True
    return 5.0 * rng.standard_normal(shape), rng.random(shape), mask


@pytest.mark.parametrize("exploration", EXPLORATIONS, ids=str)
def test_probabilities_are_of_the_candidates_and_the_best_has_most(
    journey: Journey, exploration: Exploration, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_of(journey, exploration)
    priority, deviation, mask = drawn(journey, 150)
    found = served_probabilities(engine, priority, deviation, mask)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-12)
    assert (found[~mask] == 0.0).all()
    best = first_best(priority - engine.factors.price, mask)
    service = ~engine.catalogue.marketing[best] & (best > 0)
    certain = service | (exploration.method is ExplorationMethod.NONE)
    assert (found[np.arange(150), best] == 1.0)[certain].all()
    assert (found[np.arange(150), best] < 1.0)[~certain & (mask.sum(axis=1) > 8)].all()
    monkeypatch.setattr(served, "ROWS", 7)
    np.testing.assert_allclose(
        served_probabilities(engine, priority, deviation, mask), found, atol=1e-12
    )  # rows do not depend on each other


def test_without_service_messages_it_is_inverse_gap_weighting_with_a_floor(journey: Journey) -> None:
    engine = engine_of(journey, Exploration(gamma=2.0, floor=0.1))
    priority, deviation, mask = drawn(journey, 100)
    mask &= engine.catalogue.marketing | (np.arange(mask.shape[1]) == 0)
    expected = with_floor(inverse_gap(priority - engine.factors.price, mask, 2.0), mask, 0.1)
    np.testing.assert_allclose(served_probabilities(engine, priority, deviation, mask), expected, atol=1e-12)


def test_bounds_leave_what_the_service_would_leave(journey: Journey) -> None:
    """Too unlikely or too poor a marketing action goes; nothing, service messages and foreign rows stay."""
    bounds = Bounds(minimum_propensity=0.1, minimum_gain=2.0)
    asked = replace(journey, objective=replace(journey.objective, bounds=bounds))
    engine = Engine(asked, None, "none")
    treatments = len(journey.treatments)
    service = int(np.flatnonzero(~engine.catalogue.marketing)[1])
    likely, unlikely, poor = (int(i) for i in np.flatnonzero(engine.catalogue.marketing)[:3])
    propensity, priority = np.full((2, treatments), 0.2), np.full((2, treatments), 10.0)
    priority[:, 0], priority[:, poor], priority[:, service] = 5.0, 6.9, 0.0
    propensity[:, unlikely] = 0.05
    mask = np.ones((2, treatments), dtype=bool)
    mask[1, 0] = False
    found = within_bounds(engine, mask, propensity, priority)
    assert sorted(np.flatnonzero(~found[0]).tolist()) == sorted([unlikely, poor])
    assert found[0, [0, likely, service]].all()
    assert (found[1] == mask[1]).all()
    assert within_bounds(engine_of(journey, Exploration()), mask, propensity, priority) is mask
