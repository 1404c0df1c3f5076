"""What something does to the next phase.

As an odds ratio with an interval.

Of our contacts by the probabilities that the log states: weighted by one over them, decisions with and
without a contact are as if drawn at random. Of what customers did themselves there is no such draw, so that
is an association and nothing else.

Source: Hájek's ratio of weighted sums; intervals on the logarithm by linearisation, over customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Ints, Mask, Records
from models.measures.customers import rows_of
from models.measures.intervals import Interval
from models.statistics import NORMAL_95

FEWEST_MOVES: Final = 10
"""Moves on each side below which nothing is estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """Odds of moving on, times those without.

    ``basis``: ``logged`` probabilities, or ``association``.
    """

    interval: Interval
    basis: str

    def to_json(self) -> dict[str, Any]:
        """As JSON values; proved against 1."""
        return {**self.interval.to_json(1.0), "basis": self.basis}


def odds_ratio(moved: Mask, treated: Mask, weight: Floats, owner: Ints, basis: str) -> Odds | None:
    """The odds of moving on with over those without.

    Args:
        moved, treated: shape (n,).
        weight: shape (n,). One over the probability of what was done; 1 for an association.
        owner: shape (n,), from 0. The place of the customer; rows of one customer count together.
        basis: how the result may be read.

    Returns:
        None where too few moved, or everybody did.
    """
    influence, value = np.zeros(len(moved)), 0.0
    for side, sign in ((treated, 1.0), (~treated, -1.0)):
        w, y = weight[side], moved[side].astype(np.float64)
        if y.sum() < FEWEST_MOVES or len(y) - y.sum() < FEWEST_MOVES:
            return None
        mean = float(w @ y / w.sum())
        value += sign * log(mean / (1 - mean))
        influence[side] = sign * w * (y - mean) / w.sum() / (mean * (1 - mean))
    half = NORMAL_95 * sqrt(float((np.bincount(owner, weights=influence) ** 2).sum()))
    interval = Interval(value=exp(value), low=exp(value - half), high=exp(value + half))
    return Odds(interval=interval, basis=basis)


def moves_on(
    moves: Records, order: NDArray[np.int64], customer: NDArray[np.uint64], at: Ints, horizon_ms: int
) -> Mask:
    """Whether each customer's next move within the horizon leads on, shape (n,).

    Args:
        moves: records of moves.
        order: the position of each phase by its code; a lapse never leads on.
        customer, at: shape (n,). Who, and from when (ms).
    """
    earliest = int(at.min()) if len(at) else 0
    later = moves[(moves["at"] > earliest) & (moves["before"] > 0)]
    sorted_moves = later[np.lexsort((later["at"], later["customer"]))]
    key = np.unique(sorted_moves["customer"])
    if not len(key):
        return np.zeros(len(customer), dtype=bool)
    span = 1 << 43  # more ms than there are until 2200
    place = rows_of(key, sorted_moves["customer"])[0] * span + sorted_moves["at"]
    row, known = rows_of(key, customer)
    following = np.minimum(np.searchsorted(place, row * span + at, side="right"), len(place) - 1)
    found = sorted_moves[following]
    soon = (found["customer"] == customer) & (found["at"] > at) & (found["at"] <= at + horizon_ms)
    onward = (order[found["phase"]] > order[found["before"]]) & (found["lapsed"] == 0)
    moved: Mask = known & soon & onward
    return moved
