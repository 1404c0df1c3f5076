"""One customer at one moment, which is what a decision asks.

In plain numbers: arrays of one element take longer to work with than to make in the end. The same bits as
``FeatureBuilder.situate`` gives for many (a property test).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models import kernel
from models.arrays import AnyInts, Floats, Ints
from models.domain.history import History
from models.domain.phases import PhaseMachine
from models.learned.features.situations import Situations

_FEW_EVENTS: Final = 200  # up to here walking through a past in Python beats arrays of all moves


def can_walk(history: History) -> bool:
    """Whether it is one customer's, and walking through it is quicker than arrays of all moves."""
    if len(history.start) != 2:
        return False
    short = kernel.native is not None or history.n_events <= _FEW_EVENTS
    return short or history.walked is not None or history.folded is not None


def situate_one(
    machine: PhaseMachine,
    history: History,
    customer: AnyInts,
    instant: Ints,
    ends: Ints,
    attributes: Floats,
    offset: Ints,
    stated: int,
) -> Situations:
    """The situation of the only customer at one moment.

    Args:
        customer, instant, offset: shape (1,). Local time is ``instant + offset``.
        ends: shape (1 + w,). First events that are not strictly before the moment and the windows' starts.
        attributes: shape (1, A).
        stated: the phase that the caller says; -1: take it from the history.

    Raises:
        RuleError: a phase rule failed on an event.
    """
    end, moment = ends[:1], int(instant[0])
    walk = machine.stand_of_one(history, int(end[0]), moment)
    phase, before, last_but_one, since, entered = walk[:5]
    if stated >= 0 and stated != phase:
        phase, before, last_but_one, since, entered = stated, phase, before, moment, entered + 1
    reached = walk.reached | 1 << phase
    places = np.array([phase, before, last_but_one], dtype=np.int32)
    moves = np.array([since, entered, reached], dtype=np.int64)
    return Situations(
        history=history,
        customer=customer,
        instant=instant,
        end=end,
        phase=places[:1],
        phase_since=moves[:1],
        phase_lags=places[None, 1:],
        phases_entered=moves[1:2],
        phases_reached=moves[2:],
        window_start=ends[None, 1:],
        attributes=attributes,
        local_ms=instant + offset,
    )
