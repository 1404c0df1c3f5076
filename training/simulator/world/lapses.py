"""Customers who are quiet for long fall back a phase.

The journey file names the phase.
"""

from __future__ import annotations

import numpy as np

from models.arrays import Floats, Ints
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from training.simulator.world.equations import Equations
from training.simulator.world.events import FOREVER


class Lapses:
    """When each phase lapses, and to which.

    Attributes:
        after_ms: shape (P,). Quiet time until the lapse; ``FOREVER`` where a phase has none.
        to: shape (P,). The phase after it.
    """

    def __init__(self, journey: Journey) -> None:
        lapses = [phase.lapse for phase in journey.phases]
        after = [FOREVER if lapse is None else round(lapse.after_days * DAY_MS) for lapse in lapses]
        self.after_ms: Ints = np.array(after, dtype=np.int64)
        to = [0 if lapse is None else journey.phase_index[lapse.to] for lapse in lapses]
        self.to: Ints = np.array(to, dtype=np.int64)

    def due(
        self, phase: Ints, quiet_since: Ints, until: Ints, equations: Equations
    ) -> tuple[Ints, Ints, Floats]:
        """Lapses that fall due, chains included: the phase, since when it is quiet, and EUR of entries."""
        phase, quiet_since = phase.copy(), quiet_since.copy()
        earned = np.zeros(len(phase))
        for _ in range(len(self.after_ms)):
            due = np.flatnonzero(until - quiet_since > self.after_ms[phase])
            if not len(due):
                break
            quiet_since[due] += self.after_ms[phase[due]]
            phase[due] = self.to[phase[due]]
            earned[due] += equations.entry_value[phase[due]]
        return phase, quiet_since, earned
