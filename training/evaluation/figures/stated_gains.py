"""Whether stated gains over doing nothing come true.

Later decisions in bins by the gain that the bundle states for its choice; in each what really was gained,
doubly robust. Knows gains; knows nothing of how they were stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Ints
from training.evaluation.off_policy.bootstrap import Estimate, mean_intervals

BINS: Final = 5
FEWEST: Final = 200
"""Decisions in a bin; where there are fewer for all, there are fewer bins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedGain:
    """Decisions of similar stated gains.

    ``stated``: their mean, EUR per decision; ``gained``: what later decisions show.
    """

    decisions: int
    stated: float
    gained: Estimate

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        gained = {name: round(getattr(self.gained, name), 6) for name in ("value", "low", "high")}
        return {"decisions": self.decisions, "stated": round(self.stated, 6), **gained}


def stated_gains(
    customer: Ints, stated: Floats, gained: Floats, rng: np.random.Generator, resamples: int
) -> list[StatedGain]:
    """Bins of as many decisions each, ascending; decisions for which nothing is done are left out.

    Args:
        customer: shape (n,).
        stated: shape (n,). Gain of our choice over doing nothing; 0 where nothing is done.
        gained: shape (n,). Unbiased estimates of the same, very noisy each.
        rng: draws resamples of customers.
    """
    acting = np.flatnonzero(stated > 0)
    bins = min(BINS, len(acting) // FEWEST)
    if not bins:
        return []
    ascending = acting[np.argsort(stated[acting], kind="stable")]
    return [
        StatedGain(
            decisions=len(part),
            stated=float(stated[part].mean()),
            gained=mean_intervals(customer[part], {"": gained[part]}, rng, resamples)[""],
        )
        for part in np.array_split(ascending, bins)
    ]
