"""What callers did themselves, next to what we would have done.

Where a caller says what it did, nothing hangs on our choice, and yet it can be judged. That both chose the
same says nothing of what is better; where the caller states its probabilities, what ours would have earned is
estimated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import Mask, Records
from models.measures.intervals import Interval, once
from models.measures.log.records import Log, customers_in
from models.measures.off_policy import PolicyEstimate, policy_estimate


def by_callers(decisions: Records) -> Mask:
    """Which decisions callers made themselves, shape (n,)."""
    mask: Mask = decisions["our_action"] > 0
    return mask


def decided_by_us(log: Log) -> Log:
    """Records without the decisions that callers made themselves."""
    return replace(log, decisions=log.decisions[~by_callers(log.decisions)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A pair of treatments, and what came of the first.

    Codes of action and channel; ``taken``: what the caller did; ``ours``: what we would have done.
    """

    taken: tuple[int, int]
    ours: tuple[int, int]
    decisions: int
    customers: int
    responses: int
    value: float


def choices(decisions: Records) -> tuple[Choice, ...]:
    """All pairs, the most frequent first."""
    return tuple(sorted(_choices(decisions), key=lambda one: (-one.decisions, one.taken, one.ours)))


def _choices(decisions: Records) -> Iterator[Choice]:
    fields = ["action", "channel", "our_action", "our_channel"]
    pairs, row = np.unique(decisions[fields], return_inverse=True)
    for place, (action, channel, our_action, our_channel) in enumerate(pairs.tolist()):
        here = decisions[row == place]
        yield Choice(
            taken=(action, channel),
            ours=(our_action, our_channel),
            decisions=len(here),
            customers=customers_in(here),
            responses=int(here["responded"].sum()),
            value=float(here["value"].sum()),
        )


def same_treatment(decisions: Records) -> Mask:
    """Where we would have done what the caller did, shape (n,)."""
    mask: Mask = (decisions["action"] == decisions["our_action"]) & (
        decisions["channel"] == decisions["our_channel"]
    )
    return mask


def agreement(decisions: Records) -> Interval:
    """The share of decisions in which we would have done the same, over customers."""
    same = same_treatment(decisions).astype(np.float64)
    share = float(same.mean())
    _, owner = np.unique(decisions["customer"], return_inverse=True)
    variance = float((np.bincount(owner, weights=(same - share) / len(same)) ** 2).sum())
    found = once(share, variance)
    return Interval(value=share, low=max(found.low, 0.0), high=min(found.high, 1.0))


def refused_by_us(decisions: Records, nothing: int) -> Mask:
    """What the caller did and our rules would not have allowed, shape (n,)."""
    mask: Mask = np.isnan(decisions["our_probability"]) & (decisions["action"] != nothing)
    return mask


def our_estimate(decisions: Records, now: int) -> PolicyEstimate:
    """What our choices would have earned, of decisions whose probability the caller states."""
    known = decisions[(decisions["probability"] > 0) & (decisions["until"] <= now)]
    return policy_estimate(
        known["value"] - known["cost"],
        known["probability"],
        np.nan_to_num(known["our_probability"], nan=0.0),
        known["customer"],
    )
