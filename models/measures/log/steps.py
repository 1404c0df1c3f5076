"""Steps between phases that were taken in a period.

Who took one, after how long, and what came before it.

What we did and what they did next to a step is told, not what it was worth: presence is not effect. Knows
records; knows nothing of where they come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Ints, Records
from models.domain.history import DAY_MS
from models.measures.log.records import Log

BOUNDS: Final = (1.0, 3.0, 7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0)
"""Days in the phase at which a bar of the histogram ends; the last bar has no end."""
QUANTILES: Final = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCount:
    """Moves from one phase to another. Phases are codes of names."""

    before: int
    phase: int
    moves: int
    customers: int
    lapsed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Something that came before a step.

    ``code``: of its name; ``customers``: who had it.
    """

    code: int
    customers: int
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """One step in a period.

    Attributes:
        days: after how many days in the phase 10, 25, 50, 75 and 90 of 100 took it; empty if nobody did.
        histogram: moves by days in the phase, one more than ``BOUNDS``.
        actions: what we delivered to those who moved, in the days before, the most customers first.
        triggers: what they did at the moment of the step; nothing: a lapse, or the source stated the phase.
        latest: customers who moved, the latest first, each once.
        at: when, as ``latest``.
    """

    count: StepCount
    days: tuple[float, ...]
    histogram: tuple[int, ...]
    actions: tuple[Behind, ...]
    triggers: tuple[Behind, ...]
    latest: NDArray[np.uint64]
    at: Ints


def steps_in(log: Log, since: int, until: int) -> list[StepCount]:
    """Every step that somebody took in a period, the most moves first."""
    moves = _moves(log, since, until)
    pairs = np.stack([moves["before"], moves["phase"]], axis=1) if len(moves) else np.zeros((0, 2), np.int64)
    found = []
    for before, phase in np.unique(pairs, axis=0).tolist():
        found.append(_count(moves[(moves["before"] == before) & (moves["phase"] == phase)], before, phase))
    return sorted(found, key=lambda one: (-one.moves, one.before, one.phase))


def step_taken(
    log: Log, since: int, until: int, before: int, phase: int, *, back_days: float, most: int
) -> StepTaken:
    """One step of a period.

    Args:
        log: its decisions begin ``back_days`` before the period.
        back_days: how long before a step what we did is still told with it.
        most: customers of ``latest``.
    """
    moves = _moves(log, since, until)
    own = moves[(moves["before"] == before) & (moves["phase"] == phase)]
    days = (own["at"] - own["since"]) / DAY_MS
    edges = np.searchsorted(BOUNDS, days, side="right")
    order = np.argsort(-own["at"], kind="stable")
    _, first = np.unique(own["customer"][order], return_index=True)
    latest = order[np.sort(first)][:most]
    return StepTaken(
        count=_count(own, before, phase),
        days=tuple(np.quantile(days, QUANTILES).tolist()) if len(own) else (),
        histogram=tuple(np.bincount(edges, minlength=len(BOUNDS) + 1).tolist()),
        actions=_behind(_contacts_before(log.decisions, own, back_days)),
        triggers=_behind(_at_the_moment(log.events, own)),
        latest=own["customer"][latest],
        at=own["at"][latest],
    )


def _moves(log: Log, since: int, until: int) -> Records:
    """Moves of a period between phases; to be first seen is none."""
    inside = log.moves[(log.moves["at"] >= since) & (log.moves["at"] < until)]
    moved: Records = inside[(inside["before"] != 0) & (inside["before"] != inside["phase"])]
    return moved


def _count(moves: Records, before: int, phase: int) -> StepCount:
    return StepCount(
        before=before,
        phase=phase,
        moves=len(moves),
        customers=len(np.unique(moves["customer"])),
        lapsed=int(moves["lapsed"].sum()),
    )


Pairs = tuple[Ints, NDArray[np.uint64]]
"""Codes of names, and whose they are."""


def _contacts_before(decisions: Records, moves: Records, back_days: float) -> Pairs:
    """Actions delivered to those who moved, while they were in the phase and not longer ago than that."""
    sent = decisions[(decisions["delivered"] > 0) & np.isin(decisions["customer"], moves["customer"])]
    row, of = _next_move(moves, sent["customer"], sent["delivered"])
    begins = np.maximum(moves["since"][row], moves["at"][row] - round(back_days * DAY_MS))
    inside = of & (sent["delivered"] >= begins)
    return sent["action"][inside].astype(np.int64), sent["customer"][inside]


def _next_move(moves: Records, customer: NDArray[np.uint64], at: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """The first move of the same customer after a moment, and whether there is one."""
    if not len(moves):
        return np.zeros(len(customer), dtype=np.int64), np.zeros(len(customer), dtype=bool)
    order = np.lexsort((moves["at"], moves["customer"]))
    keys = np.zeros(len(moves), dtype=[("customer", "<u8"), ("at", "<i8")])
    keys["customer"], keys["at"] = moves["customer"][order], moves["at"][order]
    asked = np.zeros(len(customer), dtype=keys.dtype)
    asked["customer"], asked["at"] = customer, at
    place = np.minimum(np.searchsorted(keys, asked, side="right"), len(keys) - 1)
    return order[place], (keys["customer"][place] == customer) & (keys["at"][place] > at)


def _at_the_moment(events: Records, moves: Records) -> Pairs:
    """What the customers themselves did at the very moment of a move that was no lapse."""
    own = moves[moves["lapsed"] == 0]
    theirs = events[(events["contact"] == 0) & np.isin(events["customer"], own["customer"])]
    kinds = [("customer", "<u8"), ("at", "<i8")]
    keys, wanted = np.zeros(len(theirs), dtype=kinds), np.zeros(len(own), dtype=kinds)
    for name in ("customer", "at"):
        keys[name], wanted[name] = theirs[name], own[name]
    inside = np.isin(keys, wanted)
    return theirs["touchpoint"][inside].astype(np.int64), theirs["customer"][inside]


def _behind(pairs: Pairs) -> tuple[Behind, ...]:
    codes, customers = pairs
    found = []
    for code in np.unique(codes).tolist():
        own = customers[codes == code]
        found.append(Behind(code=code, customers=len(np.unique(own)), times=len(own)))
    return tuple(sorted(found, key=lambda one: (-one.customers, one.code)))


def shown_histogram(histogram: Sequence[int]) -> list[dict[str, float | int | None]]:
    """Bars as JSON: from, to (None: no end), moves."""
    starts, ends = (0.0, *BOUNDS), (*BOUNDS, None)
    return [
        {"from": start, "to": end, "moves": number}
        for start, end, number in zip(starts, ends, histogram, strict=True)
    ]
