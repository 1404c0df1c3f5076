"""Quantiles and tails of the normal distribution, intervals of shares.

Terms: docs/glossary.md.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from models.arrays import Floats

NORMAL_90: Final = 1.6448536269514722
"""Half a two-sided 90 % interval in standard errors, and the bound of a one-sided 95 % interval."""

NORMAL_95: Final = 1.96
"""Half a two-sided 95 % interval in standard errors."""

# The same quantile with the digits that stored probabilities and verdicts were made with: with others a
# replayed decision or a bundle of the same seed would differ in the last digits.
DECIDED_90: Final = 1.6449
JUDGED_90: Final = 1.645


def share_interval(share: Floats, rows: Floats, z: float) -> tuple[Floats, Floats]:
    """Score interval of shares that were seen in so many rows.

    Unlike the share plus and minus its standard error it holds for few rows and for shares near 0 and 1, and
    it stays within [0, 1].

    Args:
        share: shape (n,), in [0, 1].
        rows: shape (n,). At least 0; fractions are allowed.
        z: half the width in standard errors, such as ``NORMAL_95``.

    Returns:
        Low and high, shape (n,) each.

    Note:
        Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927. Within 0.01
        of the quantiles of a Beta posterior with half a row of each kind as its prior.

    Example:
        >>> low, high = share_interval(np.array([0.5]), np.array([100.0]), NORMAL_95)
        >>> round(float(low[0]), 3), round(float(high[0]), 3)
        (0.404, 0.596)
    """
    ratio = z * z / np.maximum(rows, 1e-9)
    centre = share + 0.5 * ratio
    half = np.sqrt(ratio * (share * (1.0 - share) + 0.25 * ratio))
    scale = 1.0 / (1.0 + ratio)
    return np.maximum((centre - half) * scale, 0.0), (centre + half) * scale


def normal_above(z: Floats) -> Floats:
    """Chance that a standard normal number is above ``z``, of any shape.

    Example:
        >>> round(float(normal_above(np.array(1.96))), 3)
        0.025
    """
    tail = np.vectorize(math.erfc, otypes=[np.float64])(np.asarray(z) / math.sqrt(2.0))
    return np.asarray(0.5 * tail)
