"""Ours as it is served.

With the exploration that the journey file asks for, not the best alone. What a log of the new bundle would
hold. It reaches more of what the old policy tried than the best choice does, so its value is known better.
Knows the core's exploration; knows nothing of scores or rewards.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models.arrays import AnyInts, Floats, Ints, Mask
from models.policy.choice.bounds import costs_satisfaction, has_least, too_low
from models.policy.choice.choice import learned_share
from models.policy.choice.exploration import protect
from models.policy.engine import Engine

ROWS: Final = 1_024
"""Situations at a time: Thompson's integral takes 273 numbers a candidate."""


def served_probabilities(engine: Engine, priority: Floats, deviation: Floats, mask: Mask) -> Floats:
    """Probability of each treatment as the service would draw one for a placement alone.

    Args:
        priority, deviation: shape (k, T), EUR.
        mask: shape (k, T). Candidates; at least one a row.

    Returns:
        Shape (k, T); rows sum to one.
    """
    probability = np.zeros(mask.shape)
    for begin in range(0, len(mask), ROWS):
        part = slice(begin, begin + ROWS)
        used = np.flatnonzero(mask[part].any(axis=0))
        here = np.ix_(np.arange(begin, min(begin + ROWS, len(mask))), used)
        probability[here] = _share(engine, priority[here], deviation[here], mask[here], used)
    return probability


def within_bounds(
    engine: Engine, mask: Mask, propensity: Floats, priority: Floats, phase: AnyInts | None = None
) -> Mask:
    """The candidates that the business's bounds leave, shape (k, T).

    Gains are over doing nothing, so rows where that is no candidate (logged by others) keep all of theirs.

    Args:
        phase: shape (k,). Codes; None: satisfaction is not asked.
    """
    if not has_least(engine):
        return mask
    treatment = np.arange(mask.shape[1])
    unlikely, poor = too_low(engine, treatment, propensity, priority - priority[:, :1])
    refused = unlikely | poor
    if phase is not None:
        refused = refused | costs_satisfaction(engine, phase, treatment)
    return np.asarray(mask & ~(refused & mask[:, :1]))


def pleasing(engine: Engine, priority: Floats, phase: AnyInts) -> Floats:
    """Priorities with what satisfaction is worth in each phase, shape (k, T)."""
    if engine.satisfaction is None:
        return priority
    return np.asarray(priority + engine.satisfaction.worth[phase])


def _share(engine: Engine, priority: Floats, deviation: Floats, mask: Mask, used: Ints) -> Floats:
    protected = (~engine.catalogue.marketing[used] & (used != 0)) & np.ones_like(mask)
    settled = (mask & (engine.novelty[used] == 0.0)).any(axis=1, keepdims=True)
    new = engine.novelty[used] * settled  # new compared with what is not; where all are new, by their scores
    rank = priority - engine.factors.price[used]
    share = learned_share(engine.journey.objective.exploration, rank, deviation, new)
    with np.errstate(divide="ignore", invalid="ignore"):  # rows of service messages alone: settled by protect
        return protect(rank, mask, protected, share)
