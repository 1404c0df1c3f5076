"""The playbook is the marketer's own order of actions per phase.

Knows the order in the journey file; knows nothing of what was learned.
"""

from __future__ import annotations

import numpy as np

from models.arrays import Floats, Ints
from models.domain.journey import Journey


class Playbook:
    """The playbook as ranks, compiled once.

    An action that the playbook of the phase does not name ranks below doing nothing, so it is never
    taken. Of the channels of one action the first in the action's own list is preferred.
    """

    __slots__ = ("_merit",)

    def __init__(self, journey: Journey) -> None:
        merit = np.full((len(journey.phases), len(journey.treatments)), -1.0)
        merit[:, 0] = 0.0
        for index, phase in enumerate(journey.phases):
            order = [
                (action, channel)
                for action in journey.playbook.get(phase.name, ())
                for channel in journey.actions[journey.action_index[action]].channels
            ]
            for rank, pair in enumerate(order):
                merit[index, journey.treatment_index[pair]] = float(len(order) - rank)
        self._merit = merit

    def merit(self, phase: int, treatment: Ints) -> Floats:
        """Higher is earlier in the playbook of ``phase``.

        0 is doing nothing, below 0 is not in it.

        Args:
            phase: code.
            treatment: shape (m,). Codes.
        """
        merits: Floats = self._merit[phase, treatment]
        return merits
