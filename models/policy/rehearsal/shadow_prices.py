"""The shadow price of a channel with scarce capacity.

If a contact is worth g EUR more to a customer than the best that can be done without it, then the day's
contacts earn most where they go to the highest g. Asking a price for each that just so many would pay gives
exactly that, in whichever order customers come: it is the dual of "at most so many a day". Knows gains and
counts; knows nothing of how gains were estimated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from models.arrays import Floats
from models.domain.journey import Journey

EXTRA: str = "shadow_prices"
"""Where a bundle's manifest keeps what training found: channel → EUR."""


def shadow_price(gain: Floats, seats: float) -> float:
    """The price that as many customers would pay as there are seats.

    The least λ ≥ 0 that minimises λ·seats + Σ max(gain - λ, 0), the dual of choosing the best.

    Args:
        gain: shape (n,). EUR of a contact over the best without it; negative: not wanted.
        seats: how many of the n can get one; a fraction is rounded down.

    Returns:
        EUR. 0 where there are seats for all who gain.

    Example:
        >>> shadow_price(np.array([5.0, 1.0, 3.0, -2.0, 4.0]), seats=2)
        3.0
    """
    wanting = np.sort(gain[gain > 0.0])[::-1]
    served = int(seats)
    return float(wanting[served]) if served < len(wanting) else 0.0


def priced(journey: Journey, extra: Mapping[str, object]) -> Journey:
    """The journey with the prices that training found, where the file states none.

    Args:
        extra: of the bundle's manifest.
    """
    prices = extra.get(EXTRA)
    if not isinstance(prices, Mapping):
        return journey
    channels = tuple(
        replace(channel, shadow_price=float(prices[channel.name]))
        if channel.name in prices and channel.shadow_price is None and channel.daily_capacity is not None
        else channel
        for channel in journey.channels
    )
    return journey if channels == journey.channels else replace(journey, channels=channels)
