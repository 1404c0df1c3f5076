"""What customers told us last, and on average.

A fact is a typed property of an event: of each the last value, and of numbers the mean within some days.
Numbers are summed as whole thousandths, so that one customer alone and millions together give the same bits.
Only events strictly before a moment count. Knows histories and the journey's properties; knows nothing of
rules or columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Ints
from models.domain.field_values import attribute_expected
from models.domain.history import DAY_MS, History
from models.domain.journey import AttributeType, Fact, Journey

MEAN_DAYS: Final = (7, 30, 90, 365)
"""Windows of means; ``window_name`` names them."""
THOUSANDTHS: Final = 1_000

Value = float | bool | str


@dataclass(frozen=True, slots=True)
class Told:
    """The events that tell a fact.

    ``event``: shape (m,), ascending; ``values``: as many.
    """

    event: NDArray[np.intp]
    values: list[Value]


def window_name(days: int) -> str:
    """``d90``: how rules call a window, for a name cannot begin with a digit.

    Example:
        >>> window_name(90)
        'd90'
    """
    return f"d{days}"


def told(journey: Journey, history: History, fact: Fact, first: int = 0, end: int | None = None) -> Told:
    """The events from ``first`` to ``end`` that tell a fact, with what they told."""
    properties = history.properties
    if properties is None:
        return Told(np.zeros(0, dtype=np.intp), [])
    code = journey.touchpoint_index[fact.event]
    events, values = [], []
    for event in (np.flatnonzero(history.touchpoint[first:end] == code) + first).tolist():
        value = usable(fact, properties[event].get(fact.typed.name))
        if value is not None:
            events.append(event)
            values.append(value)
    return Told(np.array(events, dtype=np.intp), values)


def usable(fact: Fact, value: object) -> Value | None:
    """A value as the journey file allows it; None: it does not, or there is none."""
    if value is None or attribute_expected(fact.typed, value) is not None:
        return None
    if fact.typed.type is AttributeType.NUMBER and isinstance(value, int | float):
        return float(value)
    return value if isinstance(value, bool | str) else None


def last_value(journey: Journey, history: History, fact: Fact, begin: int, end: int) -> Value | None:
    """What one customer told last by the events from ``begin`` to ``end``, or by those that were folded."""
    own = told(journey, history, fact, begin, end)
    if own.values:
        return own.values[-1]
    return usable(fact, folded_value(history, fact))


def folded_value(history: History, fact: Fact) -> object:
    """The last value that was folded away."""
    folded = history.folded
    return None if folded is None else folded.lasts.get((fact.event, fact.typed.name))


def thousandths(values: list[Value]) -> Ints:
    """Numbers as whole thousandths."""
    return np.array([round(float(value) * THOUSANDTHS) for value in values], dtype=np.int64)


def mean(total: int, count: int) -> float:
    """A mean out of thousandths."""
    return total / THOUSANDTHS / count


def means(journey: Journey, history: History, fact: Fact, begin: int, end: int, at: int) -> dict[int, float]:
    """Days → the mean of what one customer told within them before a moment; days without are missing."""
    own = told(journey, history, fact, begin, end)
    numbers, times = thousandths(own.values), history.occurred_at[own.event]
    found: dict[int, float] = {}
    for days in MEAN_DAYS:
        within = numbers[int(times.searchsorted(at - days * DAY_MS)) :]
        if len(within):
            found[days] = mean(int(within.sum()), len(within))
    return found


def code_of(fact: Fact, words: tuple[str, ...], value: Value | None) -> float:
    """A value as a number: itself, 0 or 1, or its word's place; nan: none."""
    if value is None:
        return np.nan
    if fact.typed.type is AttributeType.CATEGORY:
        return float(words.index(str(value))) if value in words else np.nan
    return float(value)


def column(
    journey: Journey, history: History, fact: Fact, words: tuple[str, ...], end: Ints, begin: Ints
) -> Floats:
    """The last values before moments, as numbers.

    Args:
        end: shape (n,). Each customer's first event that does not count.
        begin: shape (n,). Each customer's first event.

    Returns:
        Shape (n,); nan: never told.
    """
    own = told(journey, history, fact)
    codes = np.array([code_of(fact, words, value) for value in own.values] + [np.nan])
    place = own.event.searchsorted(end) - 1
    known = (place >= 0) & (np.append(own.event, -1)[place] >= begin)
    before = code_of(fact, words, usable(fact, folded_value(history, fact)))
    values: Floats = np.where(known, codes[place], before)
    return values


def mean_column(journey: Journey, history: History, fact: Fact, end: Ints, begin: Ints) -> Floats:
    """The mean of what was told by the events from ``begin`` to ``end``; nan: nothing.

    Args:
        end, begin: shape (n,). Positions of events of one customer each.

    Returns:
        Shape (n,).
    """
    own = told(journey, history, fact)
    total = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(thousandths(own.values))])
    until, since = own.event.searchsorted(end), own.event.searchsorted(begin)
    count = until - since
    values: Floats = (total[until] - total[since]) / THOUSANDTHS / np.where(count, count, 1)
    values[count == 0] = np.nan
    return values
