"""A world whose records misread the phase.

A share of them is wrong, another share late. The records state a phase shortly before each decision (an
interaction with ``phase``), and a stated phase wins over the rules. ``extra`` in the world file: ``wrong``,
the share of statements that name a neighbouring phase; ``late``, the share that name the true phase of the
decision before.
"""

from __future__ import annotations

import numpy as np

from models.arrays import Ints
from training.simulator.kinds.segments import SegmentWorld
from training.simulator.world.events import Events, make_events
from training.simulator.world.state import State

RECORD = "record"
BEFORE_DECISION_MS = 60_000


class MisreadWorld(SegmentWorld):
    """``SegmentWorld`` with misread phases; the journey declares the touchpoint ``record``."""

    def observe(
        self, state: State, before: Ints, instant: Ints, rng: np.random.Generator
    ) -> tuple[Ints, Events]:
        """The stated phase, and the records that state it."""
        wrong, late = (float(self.file.extra.get(name, 0.0)) for name in ("wrong", "late"))
        u = rng.random(state.n)
        neighbour = _neighbour(state.phase, len(self.journey.phases), rng)
        stated = np.where(u < wrong, neighbour, np.where(u < wrong + late, before, state.phase))
        who = np.arange(state.n)
        code = self.emission.code[RECORD]
        return stated, make_events(who, instant - BEFORE_DECISION_MS, code, phase=stated)


def _neighbour(phase: Ints, count: int, rng: np.random.Generator) -> Ints:
    """One phase up or down, at random; the only one there is at either end."""
    step = np.where(rng.random(len(phase)) < 0.5, -1, 1)
    beyond = (phase + step < 0) | (phase + step >= count)
    return phase + np.where(beyond, -step, step)
