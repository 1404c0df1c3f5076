"""Which treatments a simulated customer may get.

Phases, consent, repeats and contact limits. Reads the same journey file as the service and agrees with
``models/policy`` on these checks; CEL policies and quiet hours are left to the service.
"""

from __future__ import annotations

import numpy as np

from models.arrays import Ints, Mask
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.contact import ContactLimits
from training.simulator.world.state import State


class Eligibility:
    """The checks of a journey, compiled once."""

    def __init__(self, journey: Journey) -> None:
        self._catalogue = Catalogue.of(journey)
        limits = ContactLimits.compile(journey)
        self._limits = limits.limits
        self._members = limits.members
        repeat = [0.0 if a is None else a.repeat_after_days or 0.0 for a in self._catalogue.actions]
        self._repeat_ms = np.round(np.array(repeat) * DAY_MS).astype(np.int64)
        self._once = np.array([a is not None and a.stop_after_positive for a in self._catalogue.actions])
        self._same_action = self._catalogue.action[:, None] == self._catalogue.action[None, :]

    def at(self, state: State, phase: Ints, instant: Ints) -> Mask:
        """Shape (n, T); doing nothing is always eligible. ``phase``: as far as it is known."""
        available = np.concatenate([state.available, np.ones((state.n, 1), dtype=bool)], axis=1)
        mask: Mask = self._catalogue.phases[phase] & available[:, self._catalogue.channel]
        mask &= ~self.repeated(state, instant)
        mask &= ~self.limited(state, instant)
        mask[:, 0] = True
        return mask

    def repeated(self, state: State, instant: Ints) -> Mask:
        """Within ``repeat_after_days`` of the same action, or stopped by a positive answer to it."""
        last = state.contacted_at
        action = np.asarray(self._catalogue.action)
        barred = np.zeros((state.n, len(action)), dtype=bool)
        for t in np.flatnonzero((self._repeat_ms > 0) | self._once):
            same = np.flatnonzero(self._same_action[t])
            if self._repeat_ms[t]:
                barred[:, t] |= last[:, same].max(axis=1) > instant - self._repeat_ms[t]
            if self._once[t]:
                barred[:, t] |= state.answered[:, same].any(axis=1)
        return barred

    def limited(self, state: State, instant: Ints) -> Mask:
        """A contact exactly ``window_days`` ago has left the window."""
        barred = np.zeros((state.n, len(self._catalogue.action)), dtype=bool)
        for members, limit in zip(self._members, self._limits, strict=True):
            window_ms = round(limit.window_days * DAY_MS)
            used = np.zeros(state.n, dtype=np.int64)
            for chosen, at in zip(reversed(state.contacts), reversed(state.times), strict=True):
                recent = at > instant - window_ms
                if not recent.any():
                    break
                used += recent & members[chosen]
            barred |= (used >= limit.count)[:, None] & members[None, :]
        return barred
