"""A choice among actions of which nothing is known but their rewards.

Exact probabilities, a seeded draw. Each action's mean reward is shrunk towards the mean of all of them, as if
it had been shown ``PRIOR`` times more; then inverse gap weighting spreads the probability, the more sharply
the more was shown. Nothing here looks at a context: what is to differ by customer belongs into the journey
file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from models.policy.choice.exploration import inverse_gap
from nba_service.store.records.free_choices import Evidence

PRIOR: Final = 10.0
"""How many showings the common mean is worth."""

SHARPNESS: Final = 5.0
"""gamma = SHARPNESS · sqrt(showings / actions), per unit of reward: regret grows with the root of time."""


def means(evidence: Sequence[Evidence]) -> list[float]:
    """Mean reward of each action, smoothed; a showing without a reward counts as 0."""
    common = sum(arm.reward for arm in evidence) / (PRIOR + sum(arm.shown for arm in evidence))
    return [(arm.reward + PRIOR * common) / (arm.shown + PRIOR) for arm in evidence]


def probabilities(evidence: Sequence[Evidence]) -> list[float]:
    """P(action) for each, summing to one; never 0.

    Args:
        evidence: of at least one action.

    Example:
        >>> probabilities([Evidence(), Evidence()])
        [0.5, 0.5]
    """
    merit = np.array([means(evidence)])
    gamma = SHARPNESS * math.sqrt(sum(arm.shown for arm in evidence) / len(evidence))
    spread = inverse_gap(merit, np.ones(merit.shape, dtype=bool), gamma)[0]
    return [float(share) for share in spread]
