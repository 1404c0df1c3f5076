"""Outcomes follow what happened: responses, refusals of active customers, nothing where nobody answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from models.domain.interaction import Kind
from training.simulator.world import World
from training.simulator.world.answering import Answering
from training.simulator.world.events import DELIVERY_MS
from training.simulator.world.step import Noise


@pytest.fixture
def world(benchmark_world: Callable[[str], World]) -> World:
    return benchmark_world("base")


def outcomes(world: World, refuse: list[float], responded: list[bool], active: list[bool]) -> list[int]:
    n = len(refuse)
    noise = Noise(respond=np.zeros(n), refuse=np.array(refuse), move=np.zeros((n, 1)), delay=np.zeros(n))
    answering = Answering(world.file, world.equations, world.emission)
    treatment = np.ones(n, dtype=np.int64)
    found = answering.outcome(treatment, np.array(responded), np.array(active), np.zeros(n), noise)
    return [int(code) for code in found]


def test_a_response_is_the_actions_positive_outcome(world: World) -> None:
    journey = world.journey
    (code,) = outcomes(world, [0.999], [True], [True])

    assert journey.outcomes[code].name in journey.positive_outcomes(journey.treatments[1].action)


def test_only_active_customers_who_did_not_respond_refuse(world: World) -> None:
    """A draw of 0 is below any chance to refuse; silent customers leave no record all the same."""
    refused, silent, unmoved = outcomes(world, [0.0, 0.0, 0.999], [False] * 3, [True, False, True])
    negative = {world.journey.outcome_index.get(name, -1) for name in ("rejected", "unsubscribed")}

    assert refused in negative
    assert (silent, unmoved) == (-1, -1)


def test_contacts_are_delivered_after_their_decision(world: World) -> None:
    answering = Answering(world.file, world.equations, world.emission)
    events = answering.contacts(np.array([0, 1]), np.array([5_000, 5_000]))

    assert events.customer.tolist() == [1], "doing nothing is no contact"
    assert events.occurred_at.tolist() == [5_000 + DELIVERY_MS]
    assert events.kind.tolist() == [int(Kind.CONTACT)]
