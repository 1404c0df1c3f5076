"""Whether treatments can be predicted beyond the stated probabilities.

Weighted by one over its probability, what was done is the same for all customers. Where it is not, the log
was made by another policy than it says, and no weighting by its probabilities can be believed, whatever the
average of the weights. Knows features and probabilities; knows nothing of rewards.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from scipy.special import ndtri

from models.arrays import AnyFloats, Floats, Ints, Mask
from training.evaluation.off_policy.bootstrap import sums_by_customer

FALSE_ALARMS: Final = 0.001
"""Share of sound logs that are objected to."""
LARGEST_PART: Final = 0.02
"""Of the variance that a single decision may bring; with more the sum is far from normal."""
FEWEST: Final = 200
"""Decisions for a treatment; rarer ones are not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The worst of all pairs of a treatment and a feature.

    Attributes:
        z: standard errors by which the weighted mean of the feature misses that of all decisions.
        limit: what ``z`` stays below in 999 of 1,000 sound logs, all pairs together.
        treatment, feature: which; ``feature`` None: how often it was done at all.
    """

    z: float
    limit: float
    treatment: int
    feature: str | None

    @property
    def sound(self) -> bool:
        return self.z <= self.limit

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "z": round(self.z, 2), "limit": round(self.limit, 2), "sound": self.sound}


def find_imbalance(
    customer: Ints,
    treatment: Ints,
    probability: Floats,
    eligible: Mask,
    usual: AnyFloats,
    x: AnyFloats,
    names: tuple[str, ...],
) -> Balance | None:
    """Ask every pair; None where no treatment was done often enough.

    Args:
        customer, treatment, probability: shape (n,). Rows of one customer count together; a treatment of -1
            is any other.
        eligible: shape (n, T). Where a treatment could have been done.
        usual: shape (n, T). Roughly how probable each was; what was not done leaves no probability behind.
        x: shape (n, F). Features; missing ones count as the mean.
        names: F of them.
    """
    columns = np.column_stack([np.ones(len(x)), _standardised(x)])
    taken = np.bincount(treatment[treatment >= 0], minlength=eligible.shape[1])
    worst: tuple[float, int, int] | None = None
    judged = np.flatnonzero(taken >= FEWEST)
    for code in judged.tolist():
        rows = eligible[:, code] | (treatment == code)
        surplus = np.where(treatment[rows] == code, 1.0 / probability[rows], 0.0) - 1.0
        sums = sums_by_customer(customer[rows], columns[rows] * surplus[:, None])
        z = _standard_errors(sums, columns[rows], usual[rows, code])
        at = int(z.argmax())
        if worst is None or z[at] > worst[0]:
            worst = float(z[at]), code, at
    if worst is None:
        return None
    pairs = len(judged) * columns.shape[1]
    return Balance(
        z=worst[0],
        limit=float(-ndtri(FALSE_ALARMS / 2 / pairs)),
        treatment=worst[1],
        feature=None if worst[2] == 0 else names[worst[2] - 1],
    )


def _standard_errors(sums: Floats, columns: Floats, usual: AnyFloats) -> Floats:
    """Shape (F,). 0 where a few decisions would make up most of the sum.

    What was hardly ever done has a variance that its few decisions do not show, so what is expected counts.
    """
    expected = columns**2 * np.maximum(1.0 / np.maximum(usual, 1e-6) - 1.0, 0.0)[:, None]
    variance = np.maximum((sums**2).sum(axis=0), expected.sum(axis=0))
    largest = (columns**2 / np.maximum(usual, 1e-6)[:, None] ** 2).max(axis=0)
    judged = (variance > 0) & (largest <= LARGEST_PART * variance)
    z = np.abs(sums.sum(axis=0)) / np.sqrt(np.maximum(variance, 1e-12))
    return np.where(judged, z, 0.0)


def _standardised(x: AnyFloats) -> Floats:
    known = np.asarray(x, dtype=np.float64)
    missing = np.isnan(known)
    count = np.maximum((~missing).sum(axis=0), 1)
    mean = np.where(missing, 0.0, known).sum(axis=0) / count
    centred = np.where(missing, 0.0, known - mean)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    return np.clip(centred / np.where(spread > 0, spread, 1.0), -5.0, 5.0)
