"""Contact pressure: what being contacted does to moving forward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import AnyInts, Floats
from models.learned.features.summary import ValueFeatures
from models.learned.transition.course import Course, directions


@dataclass(frozen=True, slots=True, eq=False)
class Pressure:
    """Contact pressure on journey value.

    Which value features count contacts, and what one of them does to moving forward. Contacted customers were
    chosen, so what they turn out to be worth says little about what contacts cost.

    Attributes:
        columns: shape (k,). Positions among the value features.
        forward: shape (k,). Log-odds of moving forward per unit of the feature.
        towards: shape (P, P). As in ``Course``.
    """

    columns: AnyInts
    forward: Floats
    towards: AnyInts

    @classmethod
    def of(cls, features: ValueFeatures, course: Course | None, phases: int) -> Pressure:
        """From the course, whose features may be standardised otherwise; without one contacts do nothing."""
        columns = np.array([k for k, name in enumerate(features.names) if name.startswith("contacts_")], int)
        forward = np.zeros(len(columns))
        if course is not None:
            at = [course.features.names.index(features.names[k]) for k in columns]
            forward = course.weights[at, 0] * features.scale[columns] / course.features.scale[at]
        return cls(columns, forward, directions(phases))
