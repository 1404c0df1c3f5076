"""The phases that were stated in the steps until a moment.

What was said at each earlier step, and no later: as a decision then would have read it. Knows histories and
phases; knows nothing of belief.
"""

from __future__ import annotations

import numpy as np

from models.arrays import Floats, Ints
from models.domain.history import DAY_MS, History
from models.domain.phases import PhaseMachine
from models.learned.advantage.belief import UNKNOWN, WINDOW
from models.learned.features.one_moment import can_walk
from models.learned.features.situations import Situations


class StatedPhases:
    """Reads stated phases of a journey's histories.

    Args:
        machine: of the journey.
        step_days: (P,) days from one decision to the next, by phase.
    """

    __slots__ = ("_machine", "_step_ms")

    def __init__(self, machine: PhaseMachine, step_days: Floats) -> None:
        self._machine = machine
        self._step_ms = np.rint(step_days * DAY_MS).astype(np.int64)

    def read(self, situations: Situations) -> Ints:
        """(n, W) phases, the oldest first, that of the moment last; -1 before any event that is known."""
        phase, history = situations.phase.astype(np.int64), situations.history
        back = np.arange(WINDOW - 1, 0, -1) * self._step_ms[phase][:, None]
        earlier = situations.instant[:, None] - back
        one = history.folded is not None or (
            situations.trace is None and len(situations) == 1 and can_walk(history)
        )
        found = self._of_one(history, earlier) if one else self._of_many(situations, earlier)
        return np.column_stack([found, phase])

    def _of_one(self, history: History, earlier: Ints) -> Ints:
        """Of the only customer; what was folded away is known no longer step by step."""
        begin = int(history.folded.last.max(initial=-1)) if history.folded is not None else -1
        found = np.full(earlier.shape, UNKNOWN, dtype=np.int64)
        ends = history.occurred_at.searchsorted(earlier)
        known = (earlier > begin) & ((ends > 0) | (begin >= 0))
        for row, own in enumerate(known):
            if own.any():
                found[row, own] = self._machine.walks.phases_at(history, ends[row, own], earlier[row, own])
        return found

    def _of_many(self, situations: Situations, earlier: Ints) -> Ints:
        history, customer = situations.history, situations.customer
        trace = self._machine.trace(history) if situations.trace is None else situations.trace
        ends = history.ends(customer, earlier)
        columns = []
        for end, instant in zip(ends.T, earlier.T, strict=True):
            stood = trace.phase_at(customer, end, instant)
            columns.append(np.where(end > history.start[customer], stood, UNKNOWN))
        return np.stack(columns, axis=1).astype(np.int64)
