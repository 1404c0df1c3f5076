"""Bootstrap-t intervals of sums of ratios, by customers.

From one Poisson matrix product. Every estimator here is a sum of ratios of sums over customers. Each draw
weighs every customer Poisson(1) times, which for many customers is resampling with replacement; the draw's
own standard error comes from the same product, since the square of a customer's influence is a sum of
products of columns. Rewards are skewed (few customers reach the phases that pay), and plain percentiles then
end too low: studentised draws know by how much.

Knows columns of sums; knows nothing of weights, rewards or policies.

Sources: Owen and Eckles, "Bootstrapping data arrays of arbitrary order", 2012 (Poisson weights per
customer); Hall, "Theoretical comparison of bootstrap confidence intervals", Annals of Statistics 1988.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Ints

Name = TypeVar("Name", bound=Hashable)

RESAMPLES: Final = 1000
MOST_GROUPS: Final = 8_192
"""More customers than that are resampled in groups of customers: the variance is the same, the work not."""
MOST_LOST: Final = 0.02
"""Share of draws that may have no answer (all weight of a decision left out) before there is no interval."""

_NOTHING: Final = 1e-12
_DRAWS: Final = 64  # per matrix product; bounds memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One estimator's answer.

    The value and its 95 % interval by customer blocks.
    """

    value: float
    low: float
    high: float


def sums_by_customer(customer: NDArray[Any], columns: Floats) -> Floats:
    """Sum the columns (n, k) over the rows of each customer, or group of customers: shape (groups, k)."""
    index = np.unique(customer, return_inverse=True)[1] % MOST_GROUPS
    return np.column_stack([np.bincount(index, weights=column) for column in columns.T])


def mean_interval(
    customer: NDArray[Any], each: Floats, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Estimate:
    """The mean of ``each``, shape (n,), with its interval by customers. Of one customer it is the value."""
    return mean_intervals(customer, {"": each}, rng, resamples)[""]


def mean_intervals(
    customer: NDArray[Any], each: Mapping[str, Floats], rng: np.random.Generator, resamples: int = RESAMPLES
) -> dict[str, Estimate]:
    """``mean_interval`` of several columns, shape (n,) each, from the same draws."""
    if not each:
        return {}
    sums = sums_by_customer(customer, np.column_stack((*each.values(), np.ones(len(customer)))))
    ratios = {name: (sums[:, [place]], sums[:, -1:]) for place, name in enumerate(each)}
    intervals = ratio_intervals(ratios, rng, resamples)
    means = {name: float(column.mean()) for name, column in each.items()}
    return {
        name: Estimate(value=means[name], low=means[name], high=means[name]) if own is None else own
        for name, own in intervals.items()
    }


def ratio_interval(
    above: Floats, below: Floats, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Estimate | None:
    """``ratio_intervals`` of one sum of ratios."""
    return ratio_intervals({"": (above, below)}, rng, resamples)[""]


def ratio_intervals(
    sums: Mapping[Name, tuple[Floats, Floats]], rng: np.random.Generator, resamples: int = RESAMPLES
) -> dict[Name, Estimate | None]:
    """Sums of j ratios of sums over the same c customers, with their intervals, from the same draws.

    Args:
        sums: numerators and denominators, a customer's share of each: shape (c, j) both.
        rng: draws the weights.
        resamples: draws.

    Returns:
        None where too many draws have no answer.
    """
    if not sums:
        return {}
    studied = {name: _Studied.of(above, below) for name, (above, below) in sums.items()}
    columns = np.hstack([each.columns for each in studied.values()])
    ends = np.cumsum([each.columns.shape[1] for each in studied.values()])[:-1]
    for weights in _weights(rng, resamples, len(columns)):
        for each, drawn in zip(studied.values(), np.split(weights @ columns, ends, axis=1), strict=True):
            each.draw(drawn)
    return {name: each.interval(resamples) for name, each in studied.items()}


@dataclass(slots=True, kw_only=True)
class _Studied:
    """A sum of ratios while it is drawn.

    A customer's influence is Σ (above - ratio · below) / (sum of below); its square is a quadratic form in
    the customer's columns, so the sum of squares needs only the sums of their products.
    """

    value: float
    columns: Floats  # (c, ·): above minus what the ratios explain, below, and the products of these 2j
    pairs: int  # j
    left: Ints
    right: Ints
    t: list[Floats]  # of the draws so far

    @classmethod
    def of(cls, above: Floats, below: Floats) -> _Studied:
        ratio = above.sum(axis=0) / below.sum(axis=0)
        columns = np.hstack((above - ratio * below, below))
        left, right = np.triu_indices(columns.shape[1])
        products = columns[:, left] * columns[:, right] * np.where(left == right, 1.0, 2.0)
        return cls(
            value=float(ratio.sum()),
            columns=np.hstack((columns, products)),
            pairs=above.shape[1],
            left=left,
            right=right,
            t=[],
        )

    def draw(self, sums: Floats) -> None:
        """Values beyond that of the log, in standard errors; ``sums``: of the columns in each draw."""
        beyond, error = self._beyond(sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.t.append(beyond / error)

    def interval(self, resamples: int) -> Estimate | None:
        error = float(self._beyond(self.columns.sum(axis=0, keepdims=True))[1][0])
        if error <= _NOTHING * max(1.0, abs(self.value)):
            return Estimate(value=self.value, low=self.value, high=self.value)
        t = np.concatenate(self.t)
        finite = t[np.isfinite(t)]
        if len(finite) < (1 - MOST_LOST) * resamples:
            return None
        low, high = self.value - error * np.quantile(finite, [0.975, 0.025])
        return Estimate(value=self.value, low=float(low), high=float(high))

    def _beyond(self, sums: Floats) -> tuple[Floats, Floats]:
        """Sum of ratios of ``columns`` and its standard error, from the sums of each draw."""
        pairs = self.pairs
        products, below = sums[:, 2 * pairs :], sums[:, pairs : 2 * pairs]
        below = np.where(below > 0, below, np.nan)
        ratio = sums[:, :pairs] / below
        slope = np.hstack((1.0 / below, -ratio / below))
        squares = (products * slope[:, self.left] * slope[:, self.right]).sum(axis=1)
        return ratio.sum(axis=1), np.sqrt(np.maximum(squares, 0.0))


def poisson_sums(sums: Floats, rng: np.random.Generator, resamples: int) -> Floats:
    """Totals of ``resamples`` draws of customers: shape (resamples, k), for customers' sums (c, k)."""
    return np.concatenate([weights @ sums for weights in _weights(rng, resamples, len(sums))])


def _weights(rng: np.random.Generator, resamples: int, customers: int) -> Iterator[Floats]:
    """Poisson(1) weights: arrays of shape (draws, customers), ``resamples`` rows in all."""
    for begin in range(0, resamples, _DRAWS):
        draws = min(_DRAWS, resamples - begin)
        yield rng.poisson(1.0, size=(draws, customers)).astype(np.float64)
