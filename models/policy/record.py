"""A customer's record with each action: contacted how often and when, answered, ignored, refused.

Knows the events of one customer up to a moment; knows nothing of what follows from them (that is
``eligibility.py``). Positive is what the journey file calls positive for the action.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.domain.history import DAY_MS, History, Ints
from models.domain.interaction import Kind
from models.domain.journey import Journey, Sentiment

NEVER: Final = -(2**62)


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """What happened between one customer and each of the A actions before a moment.

    Attributes:
        contacts: shape (A,). Delivered contacts.
        last_contact: shape (A,). Milliseconds since 1970 UTC; ``NEVER`` without one.
        positives: shape (A,). Positive outcomes.
        unanswered: shape (A,). Contacts since the last positive outcome whose response window is over,
            or after which a negative outcome came.
    """

    contacts: Ints
    last_contact: Ints
    positives: Ints
    unanswered: Ints


class RecordKeeper:
    """Reads records from histories; what the journey file says of outcomes is resolved once."""

    __slots__ = ("_actions", "_negative", "_positive", "_window_ms")

    def __init__(self, journey: Journey) -> None:
        self._actions = len(journey.actions)
        self._positive = tuple(journey.positive_outcomes(action.name) for action in journey.actions)
        self._negative = frozenset(o.name for o in journey.outcomes if o.sentiment is Sentiment.NEGATIVE)
        windows = [round(journey.response_window(action.name) * DAY_MS) for action in journey.actions]
        self._window_ms = np.array(windows, dtype=np.int64)

    def read(self, history: History, customer: int, end: int, instant: int) -> ActionRecord:
        """The record of one customer with every action, from the events before index ``end``."""
        events = slice(int(history.start[customer]), end)
        kind, action = history.kind[events], history.action[events]
        at = history.occurred_at[events]
        positives, last_positive, last_negative = self._outcomes(history, events, kind, action)
        mine = (kind == Kind.CONTACT) & (action >= 0)
        which, when = action[mine], at[mine]
        last_contact = np.full(self._actions, NEVER, dtype=np.int64)
        last_contact[which] = when  # ascending in time: the last one stays
        over = (when + self._window_ms[which] <= instant) | (last_negative[which] >= when)
        unanswered = which[over & (when > last_positive[which])]
        return ActionRecord(
            contacts=np.bincount(which, minlength=self._actions),
            last_contact=last_contact,
            positives=positives,
            unanswered=np.bincount(unanswered, minlength=self._actions),
        )

    def _outcomes(
        self, history: History, events: slice, kind: NDArray[np.int8], action: NDArray[np.int32]
    ) -> tuple[Ints, Ints, Ints]:
        """Number of positive outcomes, and times of the last positive and negative one, per action."""
        positives = np.zeros(self._actions, dtype=np.int64)
        last_positive = np.full(self._actions, NEVER, dtype=np.int64)
        last_negative = np.full(self._actions, NEVER, dtype=np.int64)
        answered = np.flatnonzero((kind == Kind.OUTCOME) & (action >= 0))
        for index in (answered + events.start).tolist():
            which = int(history.action[index])
            name = history.touchpoints[history.touchpoint[index]]
            if name in self._positive[which]:
                positives[which] += 1
                last_positive[which] = history.occurred_at[index]
            elif name in self._negative:
                last_negative[which] = history.occurred_at[index]
        return positives, last_positive, last_negative
