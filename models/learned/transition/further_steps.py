"""A customer's own phase chain after the next step.

``further.py`` learns it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import AnyFloats, Floats
from models.learned.transition.course import Course

MOST_SPREAD: Final = 1.5
"""Of log-odds: larger ones are chance."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FurtherSteps:
    """Where a customer goes from any phase.

    By what is known of them now.

    Attributes:
        chain: shape (P, P). Log of P(next phase | phase) when nothing is done, of a customer like the rest.
        course: what features of now do in every phase alike.
        spread: standard deviation of the log-odds of moving forward between customers that look the same.
    """

    chain: Floats
    course: Course
    spread: float = 0.0

    def baseline(self, customer_x: AnyFloats) -> Floats:
        """Log-odds of the next phase from every phase when nothing is done: shape (P, P), of one customer.

        Args:
            customer_x: shape (1, F).
        """
        phase = np.arange(len(self.chain))
        return np.asarray(self.chain + self.course.scores(np.repeat(customer_x, len(phase), axis=0), phase))
