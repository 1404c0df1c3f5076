"""What an action earned over doing nothing, from the log alone.

And what one of its texts brought over the others. Each decision is weighed by one over the probability that
the log states, so that within a phase decisions for the action and for nothing are as if drawn at random.
Decisions that could not have come out otherwise are left out: where an action is forbidden, nothing says what
it would have earned.

Source: Hájek's ratio of weighted sums; intervals by linearisation, over customers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Ints, Mask, Records
from models.measures.intervals import Interval, always, once

FEWEST: Final = 20
"""Decisions on each side of a phase below which it says nothing."""
FEWEST_WORTH: Final = 10
"""Decisions of the action that brought something, below which the interval would be too narrow."""
FEWEST_RESPONSES: Final = 10
"""To texts that are compared, together, below which the interval would be too narrow."""


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
    return GainTable(records, nothing, now).gain(own)


def over_others(contacts: Records, own: Mask) -> Interval | None:
    """The response rate of a variant minus that of the others, as if each were drawn equally often.

    Args:
        contacts: of one treatment, drawn between variants, with their response windows over.
        own: shape (n,). Those with the variant.

    Returns:
        None where there are too few on one side, or too few responded. For every look: texts are looked at
        day after day.
    """
    if min(int(own.sum()), int((~own).sum())) < FEWEST:
        return None
    responded = contacts["responded"].astype(np.float64)
    if responded.sum() < FEWEST_RESPONSES:
        return None
    _, owner = np.unique(contacts["customer"], return_inverse=True)
    value, influence = 0.0, np.zeros(len(contacts))
    for side, sign in ((own, 1.0), (~own, -1.0)):
        weight = 1.0 / contacts["variant_probability"][side]
        total = float(weight.sum())
        rate = float(weight @ responded[side]) / total
        value += sign * rate
        influence[side] = sign * weight * (responded[side] - rate) / total
    by_customer = np.bincount(owner, weights=influence)
    return always(value, float(by_customer @ by_customer))


class GainTable:
    """Decisions for nothing, ready to be compared with those for actions."""

    def __init__(self, records: Records, nothing: Mask, now: int) -> None:
        """As ``gain_over_nothing``: what all actions have in common is worked out once."""
        self._p = np.ascontiguousarray(records["probability"])
        self._drawn = (self._p > 0) & (self._p < 1) & (records["until"] <= now)
        self._phase = np.ascontiguousarray(records["phase"])
        self._channel = np.ascontiguousarray(records["channel"])
        self._valuable = records["value"] != 0
        self._worth = records["value"] - records["cost"]
        _, self._owner = np.unique(records["customer"], return_inverse=True)
        rows = np.flatnonzero(nothing & self._drawn)
        phases = self._phase[rows]
        self._nothing = {phase: rows[phases == phase] for phase in np.unique(phases).tolist()}

    def gain(self, own: Mask) -> Gain | None:
        """The gain of an action; ``own``: shape (n,), the decisions for it."""
        rows = np.flatnonzero(own & self._drawn)
        parts = list(self._parts(rows))
        counted = sum(len(side) for side, _ in parts)
        if not counted or 2 * counted < len(rows):
            return None
        if sum(int(self._valuable[side].sum()) for side, _ in parts) < FEWEST_WORTH:
            return None
        value = 0.0
        owners: list[Ints] = []
        influences: list[Floats] = []
        for side, beside in parts:
            share = len(side) / counted
            for some, sign in ((side, share), (beside, -share)):
                weight, worth = 1 / self._p[some], self._worth[some]
                total = float(weight.sum())
                mean = float(weight @ worth) / total
                value += sign * mean
                owners.append(self._owner[some])
                influences.append(sign * weight * (worth - mean) / total)
        by_customer = np.bincount(np.concatenate(owners), weights=np.concatenate(influences))
        return Gain(interval=once(value, float((by_customer**2).sum())), decisions=counted)

    def _parts(self, rows: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Decisions of the action by phase and channel, each with those for nothing in that phase."""
        phases, channels = self._phase[rows], self._channel[rows]
        for phase in np.unique(phases).tolist():
            beside = self._nothing.get(phase)
            if beside is None or len(beside) < FEWEST:
                continue
            here = phases == phase
            for channel in np.unique(channels[here]).tolist():
                side = rows[here & (channels == channel)]
                if len(side) >= FEWEST:
                    yield side, beside
