"""Records of many customers with each action, as columns.

``RecordKeeper`` reads one customer's; this reads those of many from one history, for whom nothing lies ahead
and nothing was folded away. Knows events; knows nothing of what follows from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import AnyInts, Ints, Mask
from models.domain.history import CONTACT, History
from models.domain.journey import Journey
from models.policy.eligibility.contact import ContactLimits
from models.policy.eligibility.contact_record import NEVER, NO, YES, RecordKeeper


@dataclass(frozen=True, slots=True)
class OwnEvents:
    """Events of n customers before their moments.

    ``row``: whose, ascending; ``event``: its position in the history; both of shape (m,).
    """

    row: NDArray[np.intp]
    event: Ints

    @classmethod
    def of(cls, start: Ints, customer: AnyInts, end: Ints) -> OwnEvents:
        """Those from each customer's ``start`` to ``end``."""
        begin = start[customer]
        size = end - begin
        row = np.arange(len(size)).repeat(size)
        first = begin - (size.cumsum() - size)  # of each customer, less the events of those before
        return cls(row, np.arange(len(row)) + first.repeat(size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What happened between n customers and A actions before their moments.

    Attributes:
        contacts: shape (n, A). Number of delivered contacts.
        last_contact: shape (n, A). Time of the last one; ``NEVER``.
        positive: shape (n, A). Whether there was a positive outcome.
        unanswered: shape (n, A). Contacts since the last positive outcome that came to nothing.
        headroom: shape (n, L). How many more contacts each contact limit admits.
    """

    contacts: Ints
    last_contact: Ints
    positive: Mask
    unanswered: Ints
    headroom: Ints


class ManyRecords:
    """Reads records of many.

    What the journey file says of limits is resolved once; ``keeper`` knows what it says of outcomes.
    """

    def __init__(self, journey: Journey, limits: ContactLimits, keeper: RecordKeeper) -> None:
        self._limits, self._keeper = limits, keeper
        self._window_ms = np.array(keeper.window_ms, dtype=np.int64)
        shape = (
            len(limits.limits),
            len(journey.actions) + 1,
            len(journey.channels) + 1,
        )  # the last one: none
        self._counted = np.zeros(shape, dtype=np.bool_)
        for (action, channel), counting in limits.counting.items():
            self._counted[list(counting), action, channel] = True

    def read(self, history: History, own: OwnEvents, instant: Ints) -> Records:
        """Of n customers at their moments, shape (n,), from their events before these."""
        told = history.kind[own.event].nonzero()[0]  # all but the customers' own
        row, event = own.row[told], own.event[told]
        is_contact = history.kind[event] == CONTACT
        action, at = history.action[event], history.occurred_at[event]
        headroom = self._headroom(
            row[is_contact], instant, at[is_contact], action[is_contact], history.channel[event[is_contact]]
        )
        of_action = action >= 0
        cell = row * len(self._window_ms) + action
        delivered, outcomes = (is_contact & of_action).nonzero()[0], (~is_contact & of_action).nonzero()[0]
        shape = (len(instant), len(self._window_ms))
        yes, no = self._answers(history, action[outcomes], event[outcomes])
        answered, refused, last = (np.full(shape, NEVER, dtype=np.int64) for _ in range(3))
        answered.ravel()[cell[outcomes[yes]]] = event[outcomes[yes]]  # ascending: the last one stays
        refused.ravel()[cell[outcomes[no]]] = at[outcomes[no]]
        last.ravel()[cell[delivered]] = at[delivered]
        latest = np.maximum(refused, instant[:, None] - self._window_ms).ravel()
        cells = cell[delivered]
        nothing = (event[delivered] > answered.ravel()[cells]) & (at[delivered] <= latest[cells])
        size = shape[0] * shape[1]
        return Records(
            contacts=np.bincount(cells, minlength=size).reshape(shape),
            last_contact=last,
            positive=answered != NEVER,
            unanswered=np.bincount(cells[nothing], minlength=size).reshape(shape),
            headroom=headroom,
        )

    def _answers(self, history: History, action: AnyInts, event: Ints) -> tuple[Mask, Mask]:
        """Which outcomes are positive for their action, and which of the others are negative, shape (m,)."""
        sense = self._keeper.senses(history.touchpoints)[action, history.touchpoint[event]]
        return sense == YES, sense == NO

    def _headroom(
        self, row: NDArray[np.intp], instant: Ints, at: Ints, action: AnyInts, channel: AnyInts
    ) -> Ints:
        limits, age = self._limits, instant[row] - at
        room = np.tile(limits.count, (len(instant), 1))
        for index, window_ms in enumerate(limits.window_ms):
            if index in limits.of_account:  # these do not bind customers without one
                continue
            counts = self._counted[index, action, channel] & (age < window_ms)
            room[:, index] -= np.bincount(row[counts], minlength=len(instant))
        return room
