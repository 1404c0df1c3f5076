"""Expected discounted EUR from a phase and a customer onwards.

The value is that under our policy. A linear function of the value features in each phase, held within the
range that logged states reached. ``fit.py`` learns it. Knows features; knows nothing of trees or rules.

Terms: docs/glossary.md. Method: DESIGN, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats
from models.learned.features.summary import Forward, ValueFeatures
from models.learned.files import array_bytes, json_bytes, read_array, read_json


@dataclass(frozen=True, kw_only=True, eq=False)
class JourneyValue:
    """EUR by phase and value features, fitted by ``fit_journey_value``.

    Attributes:
        features: what it looks at, K of them.
        weights: shape (P, K + 1). EUR; the intercept, at the phase's mean customer, first.
        centre: shape (P, K). Mean features of the phase.
        low, high: shape (P,). Range of the values reached by logged states, EUR.
        chain: shape (P,). Value of the phases alone, EUR.
        horizon_days: shape (P,). From a decision in this phase to the next one.
        discount: shape (P,). What one EUR at the horizon is worth at the decision.
        contact_costs: being contacted is worth at most what being left alone is, wherever it leads.
    """

    features: ValueFeatures
    weights: Floats
    centre: Floats
    low: Floats
    high: Floats
    chain: Floats
    horizon_days: Floats
    discount: Floats
    contact_costs: bool = False

    def values(self, customer_x: AnyFloats, phase: AnyInts) -> Floats:
        """Value of n situations in EUR: shape (n,)."""
        x = self.features.now(customer_x) - self.centre[phase]
        value = self.weights[phase, 0] + (self.weights[phase, 1:] * x).sum(axis=1)
        return np.asarray(np.clip(value, self.low[phase], self.high[phase]))

    def next_values(self, customer_x: AnyFloats, row: AnyInts, phase: AnyInts, treatment: AnyInts) -> Floats:
        """Value at the horizon of m candidates, by where they are then: shape (m, P), EUR, not discounted.

        Args:
            customer_x: shape (n, F).
            row: shape (m,). Situation of each candidate.
            phase: shape (n,). Phase of each situation.
            treatment: shape (m,). Any but 0 is a contact.
        """
        return np.asarray(self.at_horizon(customer_x, phase)[row, (treatment != 0).astype(np.int64)])

    def at_horizon(self, customer_x: AnyFloats, phase: AnyInts) -> Floats:
        """The same for n situations: shape (n, 2, P), without and with a contact."""
        forward = self.features.at_horizon(customer_x, self.forward, phase)
        worth = forward[:, 1] @ self.weights[:, 1:].T
        rows = np.arange(len(phase))
        worth[rows, :, phase] = (forward[:, 0] @ self.weights[phase, 1:, None])[:, :, 0]
        worth += self.level
        worth = np.minimum(np.maximum(worth, self.low), self.high)
        if self.contact_costs:
            np.minimum(worth[:, 1], worth[:, 0], out=worth[:, 1])
        return np.asarray(worth)

    @cached_property
    def forward(self) -> Forward:
        return self.features.forward(self.horizon_days)

    @cached_property
    def level(self) -> Floats:
        """Intercepts at the features' zero instead of the phases' means."""
        return np.asarray(self.weights[:, 0] - (self.weights[:, 1:] * self.centre).sum(axis=1))

    def to_files(self) -> dict[str, bytes]:
        """The model as files; the same model gives the same bytes."""
        costs = {"contact_costs": True} if self.contact_costs else {}
        phases = np.stack((self.low, self.high, self.chain, self.horizon_days, self.discount))
        return {
            "value.json": json_bytes({"features": self.features.to_json(), **costs}),
            "value_weights.npy": array_bytes(np.hstack((self.weights, self.centre))),
            "value_phases.npy": array_bytes(phases),
        }

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> JourneyValue:
        """What ``to_files`` gave; BundleError if a file is missing or of another kind."""
        settings = read_json(files, "value.json")
        features = ValueFeatures.from_json(settings["features"])
        weights, phases = read_array(files, "value_weights.npy"), read_array(files, "value_phases.npy")
        cut = len(features.names) + 1
        return cls(
            features=features,
            weights=weights[:, :cut],
            centre=weights[:, cut:],
            low=phases[0],
            high=phases[1],
            chain=phases[2],
            horizon_days=phases[3],
            discount=phases[4],
            contact_costs=bool(settings.get("contact_costs", False)),
        )
