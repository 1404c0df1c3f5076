"""Who is quiet for too long lapses, in chains if need be, and pays for every phase entered."""

from __future__ import annotations

import numpy as np

from models.domain.history import DAY_MS
from training.simulator.world import World
from training.simulator.world.events import FOREVER


def test_lapses_are_those_of_the_journey_file(solar: World) -> None:
    for phase, after, to in zip(solar.journey.phases, solar.lapses.after_ms, solar.lapses.to, strict=True):
        if phase.lapse is None:
            assert after == FOREVER
        else:
            assert after == round(phase.lapse.after_days * DAY_MS)
            assert solar.journey.phases[to].name == phase.lapse.to


def test_a_lapse_is_due_a_moment_after_its_days(solar: World) -> None:
    """Exactly at the end nobody has lapsed; a millisecond later they have, and are quiet since the lapse."""
    lapses = solar.lapses
    phase = int(np.flatnonzero(lapses.after_ms < FOREVER)[0])
    after, quiet_since = int(lapses.after_ms[phase]), 1_000
    until = np.array([quiet_since + after, quiet_since + after + 1])

    now, since, _ = lapses.due(np.full(2, phase), np.full(2, quiet_since), until, solar.equations)

    assert now.tolist() == [phase, lapses.to[phase]]
    assert since.tolist() == [quiet_since, quiet_since + after]


def test_long_silence_runs_through_a_chain_of_lapses(solar: World) -> None:
    """In ten years of silence everybody ends in a phase that does not lapse, or goes around a loop."""
    lapses, phases = solar.lapses, len(solar.journey.phases)
    long = np.full(phases, 3_650 * DAY_MS)

    now, since, earned = lapses.due(
        np.arange(phases), np.zeros(phases, dtype=np.int64), long, solar.equations
    )

    assert ((lapses.after_ms[now] == FOREVER) | (since > 0)).all()
    moved = now != np.arange(phases)
    assert not earned[~moved].any()
