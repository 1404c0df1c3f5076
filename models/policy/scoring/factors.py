"""The factors of every treatment's priority, as they count.

Knows values, levers, costs and which factors are switched on; knows nothing of a customer. A factor that
is off is neutral: 1, or 0 EUR. Doing nothing has no response value, so its value is 0 in any case.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.domain.journey import Journey
from models.learned.value.paid_entries import pays_once
from models.policy.eligibility.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentFactors:
    """Factors of T treatments as they count, compiled once.

    Of one candidate: ``PriorityFactors``.

    Attributes:
        value, lever, cost: shape (T,). EUR of a positive response, factor, EUR a contact
            with the shadow price of a channel whose capacity is scarce.
        stake: shape (T,). value × lever.
        price: shape (T,). EUR taken off the rank to meet share bounds; 0: none.
        priced: whether any treatment has a price.
        entry: shape (P,). EUR of entering each phase.
        once: shape (P,). Which phases pay the first time only; None: none does.
        propensity, weight, journey: whether these count.
    """

    value: Floats
    lever: Floats
    cost: Floats
    stake: Floats
    price: Floats
    priced: bool
    entry: Floats
    once: Mask | None
    propensity: bool
    weight: bool
    journey: bool

    @classmethod
    def of(cls, journey: Journey, catalogue: Catalogue) -> TreatmentFactors:
        """The factors of ``journey``."""
        on = journey.objective.factors
        something = np.array([action is not None for action in catalogue.actions], dtype=np.float64)
        value = catalogue.value if on.value else something
        lever = catalogue.lever if on.lever else np.ones_like(catalogue.lever)
        shares = journey.objective.bounds.shares
        prices = [
            shares[a.name].price if a is not None and a.name in shares else 0.0 for a in catalogue.actions
        ]
        price = np.array(prices) * catalogue.marketing
        return cls(
            value=value,
            lever=lever,
            cost=(catalogue.cost if on.cost else np.zeros_like(catalogue.cost)) + catalogue.shadow_price,
            stake=value * lever,
            price=price,
            priced=bool(price.any()),
            entry=np.array([phase.value for phase in journey.phases]),
            once=pays_once(journey),
            propensity=on.propensity,
            weight=on.weight,
            journey=on.journey,
        )

    def weights(self, weight: Floats | None) -> Floats | None:
        """The request's weights, as far as they count."""
        return weight if self.weight else None

    def response(self, propensity: Floats, treatment: Ints) -> Floats:
        """The propensity as it counts, shape (m,)."""
        return propensity if self.propensity else np.asarray((treatment > 0).astype(np.float64))
