"""What customers met in a period, and before something happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Codes, Floats, Ints
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.measures.customers import rows_of, total, within
from models.measures.effects import moves_on
from models.measures.gap import HORIZON_DAYS, Row, order_of
from models.measures.weak_points import Uses, WeakPoint, weak_points
from nba_service.measures.reading import Reading

LONGEST_PATH: Final = 50
"""Steps of a path; of longer ones the last."""

Keys = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """Everything met in a period, by customer and time.

    Touchpoints, and our contacts by their channel; ``row``: its place among the rows of the journey.
    """

    customer: Keys
    at: Ints
    row: Ints
    phase: Codes


def met_of(reading: Reading, rows: Sequence[Row]) -> Met:
    """What customers met in the period."""
    names = reading.names
    table = np.full(len(names.known()) + 1, -1, dtype=np.int64)
    channels = table.copy()
    for code, row in enumerate(rows):
        place = names.find(row.name)
        if place > 0:
            (channels if row.kind == "channel" else table)[place] = code
    events = within(reading.log.events, reading.since, reading.until)
    decisions = reading.log.decisions
    contacts = within(decisions[decisions["delivered"] > 0], reading.since, reading.until)
    customer = np.concatenate([events["customer"], contacts["customer"]])
    at = np.concatenate([events["at"], contacts["delivered"]])
    step = np.concatenate([table[events["touchpoint"]], channels[contacts["channel"]]])
    phase = np.concatenate([events["phase"], contacts["phase"]])
    known = np.flatnonzero(step >= 0)
    order = known[np.lexsort((at[known], customer[known]))]
    return Met(customer=customer[order], at=at[order], row=step[order], phase=phase[order])


def entries_of(reading: Reading, target: str) -> tuple[Keys, Ints]:
    """Who entered a phase in the period, ascending, and when first."""
    moves = reading.log.moves
    entered = moves[(moves["phase"] == reading.names.find(target)) & (moves["before"] > 0)]
    entered = within(entered, reading.since, reading.until)
    entered = entered[np.argsort(entered["at"], kind="stable")]
    who, first = np.unique(entered["customer"], return_index=True)
    return who, entered["at"][first]


def worth_of(reading: Reading) -> tuple[Keys, Ints, Floats]:
    """Who was worth something in the period, until when they became so, and how much in EUR."""
    decisions, moves = (
        within(records[records["value"] > 0], reading.since, reading.until)
        for records in (reading.log.decisions, reading.log.moves)
    )
    customer = np.concatenate([decisions["customer"], moves["customer"]])
    at = np.concatenate([np.maximum(decisions["delivered"], decisions["at"]) + 1, moves["at"]])
    value = np.concatenate([decisions["value"], moves["value"]])
    who, row = np.unique(customer, return_inverse=True)
    ends = np.zeros(len(who), dtype=np.int64)
    np.maximum.at(ends, row, at)
    return who, ends, total(row, value, len(who))


def paths_before(met: Met, who: Keys, ends: Ints) -> tuple[Keys, Ints, Ints, Ints]:
    """What each customer met before their moment, or at all if they have none.

    Args:
        who, ends: customers with a moment, ascending, and that moment (ms).

    Returns:
        Customers with a path, ascending; owner and step of the paths; who has a moment, shape (c,).
    """
    row, known = rows_of(who, met.customer)
    moment = ends[row] if len(who) else np.zeros(len(met.customer), dtype=np.int64)
    before = ~known | (met.at < moment)
    customer, step = met.customer[before], met.row[before]
    first = np.append(True, customer[1:] != customer[:-1])[: len(customer)]
    people, owner = customer[first], np.cumsum(first) - 1
    starts = np.searchsorted(owner, np.arange(len(people) + 1))
    late = np.arange(len(owner)) >= (starts[1:] - LONGEST_PATH)[owner]
    return people, owner[late], step[late], np.isin(people, who).astype(np.int64)


def weak_of(reading: Reading, journey: Journey, met: Met, k: int) -> tuple[WeakPoint, ...]:
    """What followed on each row of the journey that customers met."""
    horizon = round((journey.objective.horizon_days or HORIZON_DAYS) * DAY_MS)
    order = order_of(journey, reading.names)
    moved = moves_on(reading.log.moves, order, met.customer, met.at, horizon)
    uses = Uses(customer=met.customer, at=met.at, phase=met.phase, point=met.row, moved=moved)
    return weak_points(uses, k, horizon, reading.now)
