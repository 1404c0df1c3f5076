"""What another policy would have earned, from decisions made without it.

Each decision is weighed by the chance that the policy had of choosing the same, over the chance with which it
was chosen. Where that says too little, there is no estimate but a reason.

Source: Swaminathan and Joachims, "The Self-Normalized Estimator for Counterfactual Learning", NeurIPS 2015;
intervals by linearisation, over customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats
from models.measures.intervals import Interval, once

FEWEST_EFFECTIVE: Final = 100.0
"""Effective sample below which nothing is estimated."""
FEWEST_WORTH: Final = 10
"""Decisions that brought something and that the policy could have made, below which nothing is estimated."""
_TOO_FAR: Final = 5.0
"""Standard errors by which the mean weight may miss one; else the probabilities cannot be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why there is no estimate. ``code``: for machines and translations."""

    code: str
    numbers: dict[str, float]
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {"code": self.code, **self.numbers, "sentence": self.sentence}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEstimate:
    """EUR a decision, of the policy and of what was done.

    ``effective``: decisions that would tell as much if they were all the policy's own.
    """

    decisions: int
    effective: float
    policy: Interval | None = None
    done: float | None = None
    difference: Interval | None = None
    refused: Refusal | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "decisions": self.decisions,
            "effective": self.effective,
            "policy": None if self.policy is None else self.policy.to_json(None),
            "done": self.done,
            "difference": None if self.difference is None else self.difference.to_json(),
            "refused": None if self.refused is None else self.refused.to_json(),
        }


def policy_estimate(
    reward: Floats, logged: Floats, target: Floats, customer: NDArray[np.uint64]
) -> PolicyEstimate:
    """The value of a policy from decisions that were made without it.

    Args:
        reward: shape (n,). EUR of each decision.
        logged: shape (n,). With which chance it was chosen, in (0, 1].
        target: shape (n,). With which chance the policy would have chosen the same, in [0, 1].
        customer: shape (n,). Decisions of one customer count together.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> done = rng.integers(2, size=4_000)
        >>> found = policy_estimate(done * 1.0, np.full(4_000, 0.5), done * 0.8 + (1 - done) * 0.2,
        ...     np.arange(4_000, dtype=np.uint64))
        >>> found.policy.low < 0.8 < found.policy.high
        True
    """
    n = len(reward)
    weight = target / logged
    total = float(weight.sum())
    effective = total**2 / float(weight @ weight) if total > 0 else 0.0
    refused = _refusal(reward, weight, effective)
    if refused is not None:
        return PolicyEstimate(decisions=n, effective=effective, refused=refused)
    policy, done = float(weight @ reward) / total, float(reward.mean())
    own = weight * (reward - policy) / total
    _, row = np.unique(customer, return_inverse=True)
    return PolicyEstimate(
        decisions=n,
        effective=effective,
        policy=once(policy, _variance(row, own)),
        done=done,
        difference=once(policy - done, _variance(row, own - (reward - done) / n)),
    )


def _refusal(reward: Floats, weight: Floats, effective: float) -> Refusal | None:
    n = len(weight)
    if effective < FEWEST_EFFECTIVE:
        return Refusal(
            code="too_little_evidence",
            numbers={"effective": effective, "needed": FEWEST_EFFECTIVE},
            sentence=f"too little evidence: an effective sample of {effective:.0f},"
            f" at least {FEWEST_EFFECTIVE:.0f} are needed",
        )
    worth = int(((weight > 0) & (reward != 0)).sum())
    if worth < FEWEST_WORTH:
        return Refusal(
            code="too_rare",
            numbers={"worth": worth, "needed": FEWEST_WORTH},
            sentence=f"{worth} decisions that it could have made brought something,"
            f" at least {FEWEST_WORTH} are needed",
        )
    mean, error = float(weight.mean()), float(weight.std(ddof=1)) / sqrt(n)
    if abs(mean - 1) > max(_TOO_FAR * error, 0.1):
        return Refusal(
            code="no_overlap",
            numbers={"mean_weight": mean},
            sentence=f"weights average {mean:.2f} where they should average 1: much of what it would choose"
            " was never tried, or the logged probabilities are not right",
        )
    return None


def _variance(row: NDArray[np.intp], influence: Floats) -> float:
    """Of a sum of influences, over customers."""
    return float((np.bincount(row, weights=influence) ** 2).sum())
