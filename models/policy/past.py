"""The past: what a customer's own record with an action forbids.

Knows what an action requires, how long it rests after a contact and when it gives up; knows nothing of
other barriers. Counts are over delivered contacts and their outcomes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.domain.history import DAY_MS, Ints
from models.domain.journey import Journey
from models.policy.catalogue import Catalogue
from models.policy.record import ActionRecord
from models.policy.sieve import Sieve, always

Bools = NDArray[np.bool_]

_NO_END: Final = 2**62


class PastBarriers:
    """What the journey file says of repeating an action, per treatment, compiled once."""

    __slots__ = ("_catalogue", "_repeat_ms", "_requires", "_stop_ignored", "_stop_positive")

    def __init__(self, journey: Journey, catalogue: Catalogue) -> None:
        actions = catalogue.actions
        self._catalogue = catalogue
        days = [0.0 if a is None else (a.repeat_after_days or 0.0) for a in actions]
        stops = [_NO_END if a is None else (a.stop_after_ignored or _NO_END) for a in actions]
        self._repeat_ms = np.array([round(d * DAY_MS) for d in days], dtype=np.int64)
        self._stop_ignored = np.array(stops, dtype=np.int64)
        self._stop_positive = np.array([a is not None and a.stop_after_positive for a in actions])
        self._requires = [
            (index, {name: journey.action_index[name] for name in action.requires})
            for index, action in enumerate(actions)
            if action is not None and action.requires
        ]

    def ask(self, sieve: Sieve, record: ActionRecord, instant: int) -> None:
        """Refuse what the record forbids at ``instant`` (milliseconds since 1970 UTC)."""
        self._ask_requires(sieve, record)
        action = self._catalogue.action
        elapsed = instant - record.last_contact[action]
        sieve.refuse(elapsed < self._repeat_ms, "repeat", "REPEAT", self._repeat(elapsed))
        answered = self._stop_positive & (record.positives[action] > 0)
        sieve.refuse(answered, "repeat", "ALREADY_ANSWERED", lambda _: "the customer has said yes to it")
        unanswered = record.unanswered[action]
        given_up = unanswered >= self._stop_ignored
        sieve.refuse(given_up, "repeat", "IGNORED", self._ignored(unanswered))

    def _ask_requires(self, sieve: Sieve, record: ActionRecord) -> None:
        """An action may require others: that they were delivered before, or answered with a yes."""
        done = (record.contacts > 0) | (record.positives > 0)
        for treatment, required in self._requires:
            missing = [name for name, code in required.items() if not done[code]]
            if missing:
                blocked = np.zeros_like(sieve.passing)
                blocked[treatment] = True
                text = f"needs {', '.join(map(repr, missing))} first"
                sieve.refuse(blocked, "repeat", "REQUIRES", always(text))

    def _repeat(self, elapsed: Ints) -> Callable[[int], str]:
        def detail(treatment: int) -> str:
            rests = self._repeat_ms[treatment] / DAY_MS
            return f"last contact {elapsed[treatment] / DAY_MS:.1f} days ago, again after {rests:g} days"

        return detail

    def _ignored(self, unanswered: Ints) -> Callable[[int], str]:
        def detail(treatment: int) -> str:
            stop = self._stop_ignored[treatment]
            return f"{unanswered[treatment]} contacts without a yes, stops after {stop}"

        return detail
