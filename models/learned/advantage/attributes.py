"""Attributes that effects may depend on.

Numbers and yes or no as they are, words one by one.
Knows columns of the customer features; knows nothing of effects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import AnyFloats, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AttributeColumns:
    """K columns, standardised; what is missing counts as the mean.

    Attributes:
        position: (K,) among the customer features.
        code: (K,) the word that the column tells from all others; -1: the feature is a number.
        mean, spread: (K,) in the log.
    """

    position: Ints
    code: Ints
    mean: Floats
    spread: Floats

    def raw(self, customer_x: AnyFloats) -> Floats:
        """(n, K) before standardising; nan is missing."""
        x = customer_x[:, self.position].astype(np.float64)
        return np.where((self.code < 0) | np.isnan(x), x, x == self.code)

    def read(self, customer_x: AnyFloats) -> Floats:
        """(n, K), mean 0 and spread 1 in the log."""
        x = (self.raw(customer_x) - self.mean) / self.spread
        return np.where(np.isnan(x), 0.0, np.minimum(np.maximum(x, -5.0), 5.0))
