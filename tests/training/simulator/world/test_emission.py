"""Touchpoints tell of what happened, and of nothing that did not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from models.domain.history import DAY_MS
from training.simulator.world import World
from training.simulator.world.emission import EARLIEST, LATEST, within
from training.simulator.world.events import FOREVER, make_events

STEP = 7 * DAY_MS


@pytest.fixture
def world(benchmark_world: Callable[[str], World]) -> World:
    return benchmark_world("base")


def names(world: World, codes: np.ndarray) -> set[str]:
    return {world.emission.touchpoints[code] for code in codes}


def test_touchpoints_lie_within_the_step_and_never_at_the_decision() -> None:
    times = within(np.random.default_rng(1), 10_000, STEP)

    assert EARLIEST * STEP <= times.min() < times.max() <= LATEST * STEP
    assert times.mean() == pytest.approx(STEP / 2, rel=0.02)


def test_active_customers_browse_as_often_as_the_world_says(world: World) -> None:
    """1 + Poisson(rate · exp(b w)) touchpoints each."""
    n, phase = 4_000, 0
    who, warmth = np.arange(n), np.full(n, 1.0)

    events = world.emission.browsing(
        who, np.full(n, phase), warmth, np.zeros(n), np.full(n, STEP), STEP, np.random.default_rng(2)
    )

    browsing = world.file.phases[world.journey.phases[phase].name].browsing
    expected = 1 + browsing.rate * np.exp(world.file.warmth.browsing)
    assert len(events) / n == pytest.approx(expected, rel=0.03)
    assert names(world, events.touchpoint) <= {*browsing.touchpoints}
    assert (np.bincount(events.customer, minlength=n) >= 1).all()


def test_a_move_is_told_by_a_touchpoint_that_tells_of_it(world: World) -> None:
    journey, file = world.journey, world.file
    source, target = next(
        (s.name, t)
        for s in journey.phases
        for t in file.phases[s.name].moves
        if t != "quiet" and file.signal(s.name, t)
    )
    pair = (np.full(50, journey.phase_index[name]) for name in (source, target))

    events = world.emission.moves(
        np.arange(50), *pair, np.zeros(50, dtype=np.int64), STEP, np.random.default_rng(3)
    )

    assert len(events) == 50
    assert names(world, events.touchpoint) <= {*file.signal(source, target)}


def test_what_would_tell_of_a_move_is_replaced_where_nobody_moved(world: World) -> None:
    emission = world.emission
    phase = next(p for p in range(len(world.journey.phases)) if emission._tells[p].any())
    telling = np.flatnonzero(emission._tells[phase])[:1]
    when = np.zeros(1, dtype=np.int64)
    events = emission.harmless(make_events(when, when, telling), np.array([phase]))

    assert not emission._tells[phase, events.touchpoint].any()
    usual = next(iter(world.file.phases[world.journey.phases[phase].name].browsing.touchpoints))
    assert names(world, events.touchpoint) == {usual}
    assert events.channel.tolist() == emission.channel(events.touchpoint).tolist()


def test_entries_come_before_the_first_decision_in_their_order(world: World) -> None:
    first = np.full(1, 100 * STEP)
    for code, phase in enumerate(world.journey.phases):
        entry = world.file.phases[phase.name].entry
        last, events = world.emission.entries(np.array([code]), first, STEP, np.random.default_rng(4))

        told = events.sorted()
        assert [world.emission.touchpoints[t] for t in told.touchpoint] == [*entry]
        if entry:
            assert first - STEP < last < first
            assert told.occurred_at[-1] == last
        else:
            assert last.tolist() == [FOREVER]  # nothing has happened, so nothing can lapse


def test_an_answer_leaves_its_touchpoint_a_second_before_its_outcome(world: World) -> None:
    nowhere = np.full(1, len(world.journey.phases) - 1)
    for treatment in range(1, len(world.journey.treatments)):
        events = world.emission.answers(np.array([0]), np.array([treatment]), (nowhere,), np.array([50_000]))

        assert len(events) <= 1
        assert events.occurred_at.tolist() == [49_000] * len(events)
        assert not world.emission._tells[nowhere[0], events.touchpoint].any()


def test_doing_nothing_leaves_nothing(world: World) -> None:
    zero = np.zeros(1, dtype=np.int64)

    assert len(world.emission.answers(zero, zero, (zero,), zero)) == 0
