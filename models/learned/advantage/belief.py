"""Belief about the phase that a customer is probably in.

The stated phase may be wrong or late. A forward filter with learned moves and a learned confusion of labels.
Knows probabilities; knows nothing of what phases mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhaseBelief:
    """A hidden Markov chain over P phases and having left.

    Attributes:
        start: (P + 1,). moves: (P + 1, P + 1). stated: (P + 1, P + 1), P(label | phase).
    """

    start: Floats
    moves: Floats
    stated: Floats

    @property
    def confusion(self) -> float:
        """Mean probability that a phase is stated wrongly."""
        return float(1.0 - np.diag(self.stated)[:-1].mean())

    def first(self, label: Ints) -> Floats:
        """(n, P + 1) after the first statement."""
        return _normalised(self.start * self.stated.T[label])

    def next(self, belief: Floats, label: Ints) -> Floats:
        """(n, P + 1) after one more step and the statement that followed."""
        return _normalised((belief @ self.moves) * self.stated.T[label] + 1e-12)


def certain(label: Ints, phases: int) -> Floats:
    """(n, P + 1): labels taken at their word."""
    result: Floats = np.eye(phases + 1)[label]
    return result


def _normalised(weights: Floats) -> Floats:
    result: Floats = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    return result
