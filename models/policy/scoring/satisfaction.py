"""What satisfaction counts in a decision.

A largest loss has to hold for what is chosen, and what is chosen is what looks best: of many treatments near
the bound the luckiest. So where too little is known, a treatment competes only if the points that it is
expected to cost beyond the bound, its error counted, are few.

Points of a learned table become EUR of the rank and a bound on what may compete. Knows the journey file's
weights and its largest loss; knows nothing of customers or of money otherwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.domain.journey import Journey
from models.domain.objective import Satisfaction, Unknown
from models.learned.satisfaction import SatisfactionModel
from models.policy.eligibility.catalogue import Catalogue
from models.statistics import normal_above

TOLERATED: Final = 0.1
"""Share of the largest loss that may be expected beyond it."""
WEAK_SCORES: Final = 1_000.0
"""Scores behind which an error counts double; with more by so much less. Of few scores it is little known
itself, and what all treatments of a phase share is missed by each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SatisfactionFactors:
    """Satisfaction as it counts, compiled once.

    Attributes:
        fact: the score, as rules call it.
        effect, error: shape (P, T). Expected points over doing nothing, and their standard error.
        worth: shape (P, T). EUR that the rank gets for them.
        refused: shape (P, T). Marketing that costs more points than it may; never what the bundle does not
            know at all.
        largest_loss: points; infinite where there is no bound.
    """

    fact: str
    effect: Floats
    error: Floats
    worth: Floats
    refused: Mask
    largest_loss: float

    @classmethod
    def of(
        cls, journey: Journey, catalogue: Catalogue, model: SatisfactionModel | None, codes: Ints
    ) -> SatisfactionFactors | None:
        """None: the journey file asks for none, or the bundle knows nothing of this score.

        Args:
            codes: shape (T,). The model's code of each treatment; -1: it has none, and nothing is expected of
                it.
        """
        asked = journey.objective.satisfaction
        if asked is None or model is None or model.fact != asked.fact:
            return None
        known = codes >= 0
        effect = np.where(known, model.effect[:, np.maximum(codes, 0)], 0.0)
        usual = float(model.error[:, 1:].max(initial=0.0))
        error = np.where(known, model.error[:, np.maximum(codes, 0)], usual)
        weight = np.array([asked.weights.get(phase.name, asked.weight) for phase in journey.phases])
        loss = np.inf if asked.largest_loss is None else asked.largest_loss
        return cls(
            fact=asked.fact,
            effect=effect,
            error=error,
            worth=weight[:, None] * effect * catalogue.marketing,
            refused=_refused(asked, effect, error * (1.0 + WEAK_SCORES / model.scores), loss)
            & catalogue.marketing
            & known,
            largest_loss=loss,
        )


def _refused(asked: Satisfaction, effect: Floats, error: Floats, loss: float) -> Mask:
    """What costs too much, or might as far as is known."""
    refused: Mask = effect < -loss
    if asked.largest_loss is None or asked.when_unknown is Unknown.PASS:
        return refused
    spread = np.maximum(error, 1e-12)
    z = (loss + effect) / spread
    beyond = spread * (np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) - z * normal_above(z))
    return np.asarray(refused | (beyond > TOLERATED * loss))
