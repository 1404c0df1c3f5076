"""What a learner sees of customers at a decision: the same features that it learned from.

A rival is a ``Ranking``: a name and a function from what is seen to a worth per treatment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.arrays import Codes, Floats, Floats32, Ints
from models.learned.features.builder import FeatureBuilder
from models.learned.features.situations import Situations
from training.simulator.policies.policies import View, best


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """n customers with m candidates: every eligible treatment, ``row`` ascending.

    ``customer_x``: (n, F). ``phase``: (n,). ``row``, ``treatment``: (m,). ``candidate_x``: (m, G).
    """

    customer_x: Floats32
    phase: Codes
    row: Ints
    treatment: Ints
    candidate_x: Floats32


Worth = Callable[[Seen], Floats]
"""From what is seen to EUR, or any score, of each candidate: (m,)."""


class Ranking:
    """Takes the eligible treatment of the highest worth."""

    reads_history = True

    def __init__(self, name: str, builder: FeatureBuilder, worth: Worth) -> None:
        self.name = name
        self._builder, self._worth = builder, worth
        self._attributes: tuple[int, Floats] | None = None

    def probabilities(self, view: View) -> Floats:
        """All probability on the best treatment, (n, T)."""
        situations = self._situations(view)
        row, treatment = np.nonzero(view.eligible)
        seen = Seen(
            self._builder.customer_features(situations),
            situations.phase,
            row,
            treatment,
            self._builder.candidate_features(situations, row, treatment),
        )
        worth = np.full(view.eligible.shape, -np.inf)
        worth[row, treatment] = self._worth(seen)
        return best(worth, view.eligible)

    def _situations(self, view: View) -> Situations:
        if view.history is None:
            raise ValueError("a ranking needs view.history; rollout() gives it where reads_history is set")
        if self._attributes is None or self._attributes[0] != id(view.attributes):
            self._attributes = (id(view.attributes), self._builder.attribute_matrix(view.attributes))
        return self._builder.situate(
            history=view.history,
            customer=np.arange(len(view.phase)),
            instant=view.instant,
            attributes=self._attributes[1],
        )
