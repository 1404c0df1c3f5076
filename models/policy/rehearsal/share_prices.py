"""Prices that give actions their required share of decisions.

Knows the ranks of many past situations and how the learned policy shares out probability; knows nothing of
where they come from. An action's share falls as its own price rises, so each price is found by bisection,
one action after the other until none moves: the dual of choosing the most EUR under the bounds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.domain.objective import Exploration, ShareBound
from models.policy.choice.choice import learned_share
from models.policy.choice.exploration import protect
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps

_STEPS: Final = 30
_SWEEPS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePrice:
    """What one bound asks for and costs.

    Attributes:
        price: EUR off the action's rank; 0: the bound is met without.
        free, share: share of decisions in which the action comes first, without and with all prices.
        cost: EUR a decision that this bound takes, by the models' own account, given the other bounds.
        met: whether the share keeps the bound to a thousandth (exploration can stand in the way).
    """

    action: str
    at_least: float
    at_most: float
    price: float
    free: float
    share: float
    cost: float
    met: bool


@dataclass(frozen=True, slots=True)
class Situated:
    """The first slots of n decisions of the learned policy.

    Padded to k candidates.

    Attributes:
        action: shape (n, k). Code of the candidate's action; -1: nothing, or padding.
        priority, deviation, novelty: shape (n, k).
        pleasing: shape (n, k). EUR that satisfaction puts on the rank.
        admitted, protected: shape (n, k).
        exploration: of the journey file.
    """

    action: Ints
    priority: Floats
    deviation: Floats
    novelty: Floats
    pleasing: Floats
    admitted: Mask
    protected: Mask
    exploration: Exploration

    @classmethod
    def of(cls, engine: Engine, steps: Sequence[DecisionSteps]) -> Situated:
        """Gathers the situations; those of control arms have to be left out before."""
        n, k = len(steps), max((len(situation.candidates) for situation in steps), default=1)
        numbers = np.zeros((4, n, k))
        flags = np.zeros((2, n, k), dtype=np.bool_)
        action = np.full((n, k), -1, dtype=np.int64)
        own = engine.satisfaction
        for row, situation in enumerate(steps):
            codes, size = situation.candidates, len(situation.candidates)
            scores = situation.scores
            numbers[:, row, :size] = (
                scores.priority,
                scores.deviation,
                engine.novelty[codes],
                np.zeros(size) if own is None else own.worth[int(situation.situations.phase[0])][codes],
            )
            flags[:, row, :size] = situation.picks[0].admitted, situation.chooser.protected
            action[row, :size] = engine.catalogue.action[codes]
        return cls(
            action,
            numbers[0],
            numbers[1],
            numbers[2],
            numbers[3],
            flags[0],
            flags[1],
            engine.journey.objective.exploration,
        )

    def probabilities(self, price: Mapping[int, float]) -> Floats:
        """What the learned policy would do at these prices (action code → EUR), shape (n, k)."""
        rank = self.priority + self.pleasing
        for code, euro in price.items():
            rank -= euro * ((self.action == code) & ~self.protected)
        share = learned_share(self.exploration, rank, self.deviation, self.novelty)
        return protect(rank, self.admitted, self.protected, share)

    def share(self, code: int, probability: Floats) -> float:
        """Share of decisions in which the action comes first."""
        return float(probability[self.action == code].sum() / len(probability))

    def worth(self, probability: Floats) -> float:
        """Expected priority, EUR a decision."""
        return float((probability * np.where(self.admitted, self.priority, 0.0)).sum() / len(probability))


def share_prices(
    situated: Situated, bounds: Mapping[str, ShareBound], codes: Mapping[str, int]
) -> tuple[SharePrice, ...]:
    """Prices that meet ``bounds`` over ``situated``.

    The prices that the bounds state play no part.

    Args:
        bounds: action → bound.
        codes: action → code.
    """
    if not bounds or not len(situated.priority):
        return ()
    price = {codes[name]: 0.0 for name in bounds}
    reach = 2.0 * float(np.ptp(situated.priority[situated.admitted])) + 10.0 / situated.exploration.gamma
    for _ in range(_SWEEPS):
        before = dict(price)
        for name, bound in bounds.items():
            price[codes[name]] = _bisect(situated, price, codes[name], bound, reach)
        if all(abs(price[code] - before[code]) < 1e-5 * reach for code in price):
            break
    return tuple(_share_price(situated, name, codes[name], bound, price) for name, bound in bounds.items())


def _bisect(situated: Situated, price: dict[int, float], code: int, bound: ShareBound, reach: float) -> float:
    """The price nearest to 0 at which the action's share lies within ``bound``."""

    def share(euro: float) -> float:
        return situated.share(code, situated.probabilities({**price, code: euro}))

    free = share(0.0)
    if bound.at_least <= free <= bound.at_most:
        return 0.0
    target = bound.at_most if free > bound.at_most else bound.at_least
    low, high = (0.0, reach) if free > bound.at_most else (-reach, 0.0)
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if share(middle) > target else (low, middle)
    # away from the bound: at a jump of the share the other side of the sixth decimal would break it
    return math.ceil(high * 1e6) / 1e6 if free > bound.at_most else math.floor(low * 1e6) / 1e6


def _share_price(
    situated: Situated, name: str, code: int, bound: ShareBound, price: dict[int, float]
) -> SharePrice:
    """What the bound of one action asks for and costs at these prices."""
    priced = situated.probabilities(price)
    share = situated.share(code, priced)
    without = situated.worth(situated.probabilities({**price, code: 0.0}))
    return SharePrice(
        action=name,
        at_least=bound.at_least,
        at_most=bound.at_most,
        price=price[code],
        free=situated.share(code, situated.probabilities({})),
        share=share,
        cost=without - situated.worth(priced),
        met=bound.at_least - 1e-3 <= share <= bound.at_most + 1e-3,
    )
