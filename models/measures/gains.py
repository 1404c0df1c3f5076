"""What an action earned over doing nothing, from the log alone.

Each decision is weighed by one over the probability that the log states, so that within a phase decisions
for the action and for nothing are as if drawn at random. Decisions that could not have come out otherwise
are left out: where an action is forbidden, nothing says what it would have earned.

Source: Hájek's ratio of weighted sums; intervals by linearisation, over customers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Mask, Records
from models.measures.intervals import Interval, once

FEWEST: Final = 20
"""Decisions on each side of a phase below which it says nothing."""
FEWEST_WORTH: Final = 10
"""Decisions of the action that brought something, below which the interval would be too narrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """EUR a decision over doing nothing, costs taken off.

    ``decisions``: of the action that count in it.
    """

    interval: Interval
    decisions: int


def gain_over_nothing(records: Records, own: Mask, nothing: Mask, now: int) -> Gain | None:
    """The gain, averaged over phases and channels as the action was used there.

    Args:
        records: decisions.
        own, nothing: shape (n,). Decisions for the action, and for doing nothing.
        now: up to when everything is known (ms); decisions whose window is open do not count.

    Returns:
        None where less than half of the action's decisions have enough beside them, or too few brought
        anything.
    """
    p = records["probability"]
    drawn = (own | nothing) & (p > 0) & (p < 1) & (records["until"] <= now)
    records, own, nothing = records[drawn], own[drawn], nothing[drawn]
    p = records["probability"]
    parts = list(_parts(records, own, nothing))
    counted = sum(int(side.sum()) for side, _ in parts)
    if not counted or 2 * counted < own.sum():
        return None
    if sum(int((records["value"][side] != 0).sum()) for side, _ in parts) < FEWEST_WORTH:
        return None
    worth = records["value"] - records["cost"]
    influence, value = np.zeros(len(records)), 0.0
    for side, beside in parts:
        share = float(side.sum()) / counted
        for rows, sign in ((side, share), (beside, -share)):
            weight = 1 / p[rows]
            mean = float(weight @ worth[rows] / weight.sum())
            value += sign * mean
            influence[rows] += sign * weight * (worth[rows] - mean) / weight.sum()
    _, owner = np.unique(records["customer"], return_inverse=True)
    variance = float((np.bincount(owner, weights=influence) ** 2).sum())
    return Gain(interval=once(value, variance), decisions=counted)


def _parts(records: Records, own: Mask, nothing: Mask) -> Iterator[tuple[Mask, Mask]]:
    """Decisions of the action by phase and channel, each with those for nothing in that phase."""
    for phase, channel in np.unique(records[own][["phase", "channel"]]).tolist():
        here = records["phase"] == phase
        side, beside = own & here & (records["channel"] == channel), nothing & here
        if min(side.sum(), beside.sum()) >= FEWEST:
            yield side, beside
