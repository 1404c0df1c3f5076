"""One customer at one moment, which is what a decision asks.

In plain numbers: arrays of one element take longer to work with than to make in the end. The same bits as
``FeatureBuilder.situate`` gives for many (a property test).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from models import kernel
from models.arrays import AnyInts, Codes, Floats, Ints
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


class Place(NamedTuple):
    """Where the only customer stands at a moment.

    ``ends``: shape (1 + w,). First events that are not strictly before the moment and the windows' starts.
    ``phases``: shape (3,). The present one and the two before, -1 none. ``moves``: shape (3,). Since when,
    how often they moved, and a bit for each phase that they were in.
    """

    ends: Ints
    phases: Codes
    moves: Ints


def place_one(machine: PhaseMachine, history: History, instant: int, windows_ms: Ints, stated: int) -> Place:
    """Where the only customer stands at one moment.

    Args:
        windows_ms: shape (1 + w,). How long before the moment the windows begin; the first is 0.
        stated: the phase that the caller says; -1: take it from the history.

    Raises:
        RuleError: a phase rule failed on an event.
    """
    ends = np.empty(len(windows_ms), dtype=np.int64)
    phases, moves = np.empty(3, dtype=np.int32), np.empty(3, dtype=np.int64)
    if machine.walks.place(history, instant, windows_ms, stated, ends, phases, moves):
        return Place(ends, phases, moves)
    ends[:] = history.occurred_at.searchsorted(instant - windows_ms)
    walk = machine.stand_of_one(history, int(ends[0]), instant)
    phase, before, last_but_one, since, entered = walk[:5]
    if stated >= 0 and stated != phase:
        phase, before, last_but_one, since, entered = stated, phase, before, instant, entered + 1
    phases[:] = phase, before, last_but_one
    moves[:] = since, entered, walk.reached | 1 << phase
    return Place(ends, phases, moves)


def situate_one(
    history: History, customer: AnyInts, instant: Ints, place: Place, attributes: Floats, offset: Ints
) -> Situations:
    """The situation of the only customer at one moment.

    Args:
        customer, instant, offset: shape (1,). Local time is ``instant + offset``.
        attributes: shape (1, A).
    """
    ends, phases, moves = place
    return Situations(
        history=history,
        customer=customer,
        instant=instant,
        end=ends[:1],
        phase=phases[:1],
        phase_since=moves[:1],
        phase_lags=phases[None, 1:],
        phases_entered=moves[1:2],
        phases_reached=moves[2:],
        window_start=ends[None, 1:],
        attributes=attributes,
        local_ms=instant + offset,
    )
