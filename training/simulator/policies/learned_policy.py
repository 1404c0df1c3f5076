"""Learned policies in a world.

The service's own scores, for all simulated customers at once. Calls the same ``score`` as the service and
picks the best eligible treatment. ``by`` makes the rivals that rank by something else than the priority from
the same models.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from models.arrays import Floats
from models.policy.engine import Engine
from models.policy.scoring.scoring import Scores
from training.simulator.policies.policies import View, best


class RankBy(StrEnum):
    """What a policy ranks by."""

    PRIORITY = "ours: journey value"  # p × value - cost + journey value of where it leads
    RESPONSE = "response ranking"  # p alone; contacts whenever somebody may be contacted
    IMMEDIATE = "p × value ranking"  # p × value - cost; nothing is worth 0


class LearnedPolicy:
    """Ranks the eligible treatments by an engine's scores.

    Without a bundle: by the journey file's priors.
    """

    reads_history = True

    def __init__(self, engine: Engine, by: RankBy = RankBy.PRIORITY, name: str | None = None) -> None:
        self._engine, self._by = engine, by
        self.name = by.value if name is None else name
        self._attributes: tuple[int, Floats] | None = None

    def probabilities(self, view: View) -> Floats:
        """All probability on the best treatment."""
        if view.history is None:
            raise ValueError(
                "a learned policy needs view.history; compare() gives it where reads_history is set"
            )
        builder = self._engine.builder
        situations = builder.situate(
            history=view.history,
            customer=np.arange(len(view.phase)),
            instant=view.instant,
            attributes=self._matrix(view),
        )
        eligible = view.eligible
        if self._by is RankBy.RESPONSE:
            eligible = eligible.copy()
            eligible[:, 0] = ~eligible[:, 1:].any(axis=1)
        row, treatment = np.nonzero(eligible)
        scores = np.full(eligible.shape, -np.inf)
        scores[row, treatment] = self._rank(self._engine.score(situations, row, treatment))
        return best(scores, eligible)

    def _rank(self, scores: Scores) -> Floats:
        if self._by is RankBy.RESPONSE:
            return scores.propensity
        if self._by is RankBy.IMMEDIATE:
            return scores.immediate - scores.cost
        return scores.priority

    def _matrix(self, view: View) -> Floats:
        """The attributes as numbers, read once per population."""
        if self._attributes is None or self._attributes[0] != id(view.attributes):
            self._attributes = (id(view.attributes), self._engine.builder.attribute_matrix(view.attributes))
        return self._attributes[1]
