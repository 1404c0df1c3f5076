"""The calibration curve that a bundle carries.

With it log-odds mean what they say. ``fit_calibration.py`` fits it.

Terms: docs/glossary.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import Floats


@dataclass(frozen=True, eq=False)
class Knots:
    """A rising curve from log-odds to log-odds.

    Straight between knots, and beyond them no steeper than 1.

    Attributes:
        score: shape (k,), strictly rising. Uncalibrated log-odds; empty: the curve changes nothing.
        log_odds: shape (k,), rising. Calibrated log-odds.
    """

    score: Floats
    log_odds: Floats

    def apply(self, score: Floats) -> Floats:
        """Calibrated log-odds of ``score``, any shape."""
        if len(self.score) == 0:
            return score
        first, last = self.score[0], self.score[-1]
        beyond = score - np.minimum(np.maximum(score, first), last)
        return np.asarray(np.interp(score, self.score, self.log_odds) + self.slope * beyond)

    @cached_property
    def slope(self) -> float:
        """Steepness beyond the knots: that of the whole curve, at most 1."""
        if len(self.score) < 2:
            return 1.0
        return float(min(1.0, (self.log_odds[-1] - self.log_odds[0]) / (self.score[-1] - self.score[0])))


IDENTITY = Knots(np.empty(0), np.empty(0))
