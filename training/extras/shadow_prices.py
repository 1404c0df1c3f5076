"""What a contact of a scarce channel is worth.

It is worth what the next best customer would bring, from the logged decisions. Scores the decisions of the
log with the models that were just fitted and asks which price would have filled each channel's days. Needs a
decision log: without one nobody knows how many customers come a day.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.bundle import Models
from models.domain.history import DAY_MS
from models.policy.engine import Engine
from models.policy.rehearsal.shadow_prices import shadow_price
from training.evaluation.figures.scored_rows import thinned
from training.evaluation.off_policy.candidates import eligible
from training.fit.prepared import Prepared
from training.rows.blocks import by_customer
from training.rows.rows import RowSource

MOST_CANDIDATES: Final = 150_000
"""More are not scored: a price is a quantile of gains, and those of a sample give it within a few percent."""

_BLOCK = 4096


def shadow_prices(prepared: Prepared, models: Models, rng: np.random.Generator) -> dict[str, float]:
    """Channel → EUR, for channels with a daily capacity and no price in the journey file.

    Args:
        rng: draws customers where there are too many to score.
    """
    journey = prepared.journey
    scarce = [c for c in journey.channels if c.daily_capacity is not None and c.shadow_price is None]
    logged = np.flatnonzero(prepared.rows.source == RowSource.DECISION)
    if not scarce or not len(logged):
        return {}
    use = thinned(logged, prepared.rows, len(journey.treatments), rng, MOST_CANDIDATES)
    days = _days(prepared.rows.decided_at[logged]) * len(use) / len(logged)
    priority = _priorities(prepared, Engine(journey, models, "candidate"), use)
    prices: dict[str, float] = {}
    for channel in scarce:
        own = np.array([treatment.channel == channel.name for treatment in journey.treatments])
        prices[channel.name] = shadow_price(_gain(priority, own), (channel.daily_capacity or 0) * days)
    return prices


def _days(times: Ints) -> int:
    """How many days the log covers, those without a decision included."""
    return int(times.max() // DAY_MS - times.min() // DAY_MS) + 1


def _gain(priority: Floats, own: Mask) -> Floats:
    """EUR of the best on the channel over the best on all others, doing nothing included."""
    if not own.any():
        return np.zeros(0)
    return np.asarray(priority[:, own].max(axis=1) - priority[:, ~own].max(axis=1))


def _priorities(prepared: Prepared, engine: Engine, use: Ints) -> Floats:
    """Shape (k, T); -inf where a treatment was no candidate."""
    mask = eligible(prepared, engine, use)
    priority = np.full(mask.shape, -np.inf)
    for part in by_customer(prepared.rows.customer[use], _BLOCK):
        situations = prepared.situations.take(use[part])
        row, treatment = np.nonzero(mask[part])
        priority[part[row], treatment] = engine.score(situations, row, treatment).priority
    return priority
