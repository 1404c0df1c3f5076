"""What was folded away, added to the features of one situation.

Columns that count from the beginning, or look for the last time, need it; windows never reach so far back.
Integers until the last step, as everywhere in features: the same bits as from all events.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats32, Ints, Mask
from models.domain.history import CONTACT, DAY_MS, OUTCOME, Folded, History
from models.learned.features.event_columns import CONTACTS, EventColumns


def positives(events: EventColumns, history: History, folded: Folded) -> Mask:
    """Shape (m,): which sorts are positive outcomes of their action."""
    positive = events.lookups(history.touchpoints).positive[folded.action, folded.touchpoint]
    answered: Mask = (folded.kind == OUTCOME) & positive
    return answered


def add(out: Floats32, columns: NDArray[np.intp] | list[int], numbers: list[int]) -> None:
    """Add to counts, which a float32 holds exactly."""
    for column, number in zip(columns, numbers, strict=True):
        out[0, column] = int(out[0, column]) + number


def days(out: Floats32, column: int, last: Ints, instant: int) -> None:
    """Days since the last of some moments, where nothing has happened since."""
    if len(last) and np.isnan(out[0, column]):
        out[0, column] = (instant - int(last.max())) / DAY_MS


def add_to_customer(
    out: Floats32, layout: tuple[int, int, int, int], events: EventColumns, history: History, instant: int
) -> None:
    """Counts, tenure and recencies of the only row.

    Args:
        layout: columns of all events, of all contacts, of positives and of tenure; recencies follow it.
    """
    folded = history.folded
    if folded is None:
        return
    total, contacts, answered, tenure = layout
    is_contact, positive = folded.kind == CONTACT, positives(events, history, folded)
    sums = [int(folded.count[rows].sum()) for rows in (slice(None), is_contact, positive)]
    add(out, [total, contacts, answered], sums)
    out[0, tenure] = (instant - int(folded.first.min())) / DAY_MS
    named = events.lookups(history.touchpoints).named[folded.touchpoint]
    of_kind = events.of_kind[folded.kind]
    for place in range(CONTACTS, events.channels):
        days(out, tenure + 1 + place, folded.last[(of_kind == place) | (named == place)], instant)


def add_to_candidates(
    out: Floats32, codes: tuple[Ints, Ints], events: EventColumns, history: History, instant: int
) -> None:
    """Counts and recencies of the candidates of one situation.

    Args:
        codes: shape (k,) both. Action and channel of each; -1 none.
    """
    folded = history.folded
    if folded is None:
        return
    is_contact, positive = folded.kind == CONTACT, positives(events, history, folded)
    for row, (action, channel) in enumerate(zip(*(code.tolist() for code in codes), strict=True)):
        if action < 0:
            continue
        own, on = folded.action == action, folded.channel == channel
        rows = (is_contact & own, positive & own, positive & on)
        add(out[row : row + 1], [5, 8, 11], [int(folded.count[each].sum()) for each in rows])
        days(out[row : row + 1], 12, folded.last[is_contact & own], instant)
        days(out[row : row + 1], 13, folded.last[is_contact & on], instant)
