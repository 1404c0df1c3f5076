"""On how many rewards a policy's value rests.

Purchases decide, not rows: with a few dozen of them the gamma interval holds where a bootstrap is too short,
and below ten nothing can be ranked or promoted. Costs are known exactly, so only what came in is uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats
from training.evaluation.off_policy.bootstrap import Estimate
from training.evaluation.off_policy.off_policy import LoggedDecisions, PolicyValue
from training.evaluation.off_policy.rare_rewards import FEW, TOO_FEW, effective_events, gamma_interval

RARE: Final = 0.02
"""Share of rewarded rows below which rewards are rare, however many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewarded:
    """The rewards behind a value.

    ``events``: effective rewarded customers; ``interval``: by the gamma method, None where not needed.
    """

    events: float
    interval: Estimate | None

    @property
    def too_few(self) -> bool:
        """Whether nothing can be ranked or promoted by the value."""
        return self.events < TOO_FEW


def rewarded(log: LoggedDecisions, cost: Floats, value: PolicyValue) -> Rewarded:
    """Count the rewards behind a value, and replace its interval where they are few.

    Args:
        cost: shape (n,). Of what was done, EUR; rewards are net of it.
        value: of the same policy, refused or not.
    """
    weight = np.where(np.isnan(log.logged), 0.0, log.target / np.where(np.isnan(log.logged), 1.0, log.logged))
    income = log.reward + cost
    events = effective_events(log.customer, weight, np.maximum(income, 0.0))
    scarce = events < FEW or float((income > 0).mean()) < RARE
    if value.refused or not scarce or (income < -1e-9).any():
        return Rewarded(events=events, interval=None)
    plain = gamma_interval(log.customer, weight, np.maximum(income, 0.0))
    if not np.isfinite(plain.high):
        return Rewarded(events=events, interval=None)
    estimate = value.estimates.get("dr") or value.estimates.get("snips")  # neither with a handful of rewards
    spent = float((weight * cost).sum() / weight.sum())
    shift = -spent if estimate is None else estimate.value - plain.value
    interval = Estimate(value=plain.value + shift, low=plain.low + shift, high=plain.high + shift)
    return Rewarded(events=events, interval=interval)


def disagreement(value: PolicyValue) -> str | None:
    """A word where the doubly robust and the self-normalised estimate exclude each other."""
    dr, snips = value.estimates.get("dr"), value.estimates.get("snips")
    if dr is None or snips is None:
        return None
    if snips.low <= dr.value <= snips.high or dr.low <= snips.value <= dr.high:
        return None
    return (
        f"the doubly robust estimate ({dr.value:.3f}) and the self-normalised one ({snips.value:.3f}) "
        "exclude each other: the reward model or the stated probabilities are wrong"
    )
