"""Exact action probabilities, and the seeded draw that follows them.

Knows priorities in EUR and how uncertain they are; knows nothing of phases, rules or how a priority
came about. Every method returns the very distribution that the draw uses, so what is logged is what
happened: off-policy evaluation divides by these numbers.

All functions take one row per situation and one column per candidate; a mask says which candidates
exist, so customers with different numbers of candidates share one call.

Why inverse gap weighting with gamma in 1/EUR: docs/adr/0004-exploration-probabilities.md.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.domain.objective import Exploration, ExplorationMethod
from models.uniform_hash import uniform_hash

GRID_POINTS: Final = 257
_MANY: Final = 64  # candidates from which NumPy adds up faster, in the same order
REACH: Final = 5.0  # standard deviations on either side that the grid covers


def spread(exploration: Exploration, priority: Floats, deviation: Floats, candidate: Mask) -> Floats:
    """Action probabilities under the journey file's exploration settings.

    Args:
        priority: shape (n, k). EUR; ignored where ``candidate`` is false.
        deviation: shape (n, k). Standard deviation of the priority, EUR; 0 is known exactly.
        candidate: shape (n, k). At least one true per row.

    Returns:
        shape (n, k). Rows sum to one; exactly 0 where ``candidate`` is false. ``none`` is certainty:
        it has no floor either.
    """
    if exploration.method is ExplorationMethod.NONE:
        return one_hot(first_best(priority, candidate), candidate)
    if exploration.method is ExplorationMethod.THOMPSON:
        chosen = thompson(priority, deviation, candidate)
    else:
        chosen = inverse_gap(priority, candidate, exploration.gamma)
    return capped(with_floor(chosen, candidate, exploration.floor), priority, candidate, exploration.at_most)


def protect(merit: Floats, candidate: Mask, protected: Mask, share: Callable[[Mask], Floats]) -> Floats:
    """Keeps service messages out of exploration: neither displaced by it nor part of it.

    Where the best candidate is protected it is taken with certainty; elsewhere ``share`` spreads the
    probability over the others alone.

    Args:
        merit: shape (n, k). What candidates rank by.
        candidate: shape (n, k).
        protected: shape (n, k). At least one candidate per row is not.
        share: from candidates, shape (n, k), to their probabilities, shape (n, k).
    """
    if not protected.any():
        return share(candidate)
    best = first_best(merit, candidate)
    settled = protected[np.arange(len(best)), best]
    if settled.all():
        return one_hot(best, candidate)
    probability = share(candidate & ~protected)
    if settled.any():
        probability[settled] = one_hot(best, candidate)[settled]
    return probability


def inverse_gap(priority: Floats, candidate: Mask, gamma: float) -> Floats:
    """Inverse gap weighting: p(a) = 1 / (K·(1 + gamma·gap(a))) for all but the best, the rest for the best.

    K is the number of candidates and the gap is the EUR by which a candidate's priority lies below the
    best. By the model's own account exploring so costs less than 1/gamma EUR a decision, whatever K:
    the sum over candidates of p·gap is below (K-1)/(K·gamma). Gaps much smaller than 1/gamma are
    explored freely, gaps much larger hardly ever.

    Args:
        priority: shape (n, k), EUR.
        candidate: shape (n, k).
        gamma: per EUR, above 0.

    Note:
        Abe and Long, "Associative reinforcement learning using linear probabilistic concepts", ICML
        1999; Foster and Rakhlin, "Beyond UCB", ICML 2020 (whose gamma is K times this one).

    Example:
        >>> inverse_gap(np.array([[3.0, 2.0]]), np.array([[True, True]]), gamma=1.0)
        array([[0.75, 0.25]])
    """
    each = np.arange(len(priority))
    best = first_best(priority, candidate)
    gap = np.maximum(priority[each, best][:, None] - priority, 0.0)
    number = candidate.sum(axis=1, keepdims=True)
    probability: Floats = candidate / (number * (1.0 + gamma * gap))
    probability[each, best] = 0.0
    probability[each, best] = 1.0 - probability.sum(axis=1)
    return probability


def thompson(priority: Floats, deviation: Floats, candidate: Mask) -> Floats:
    """P(a candidate is the best) when each priority is an independent normal, integrated on a grid.

    Between two grid points the probability that the maximum lies there is known exactly (a difference of
    products of distribution functions); it is shared out by how fast each candidate's log distribution
    function grows there. The sum is therefore exact and only the shares carry a grid error. A deviation
    below a grid step counts as one grid step.

    Args:
        priority: shape (n, k), EUR: the means.
        deviation: shape (n, k), EUR: the standard deviations.
        candidate: shape (n, k).

    Note:
        Thompson, "On the likelihood that one unknown probability exceeds another", Biometrika 1933.
        The probability of a Thompson draw is this integral; a softmax is not.
    """
    mean = np.where(candidate, priority, -np.inf)
    low = (np.where(candidate, mean - REACH * deviation, -np.inf)).max(axis=1, keepdims=True)
    high = (np.where(candidate, mean + REACH * deviation, -np.inf)).max(axis=1, keepdims=True)
    width = np.maximum(high - low, 1e-9 * np.maximum(1.0, np.abs(high)))
    step = width / (GRID_POINTS - 1)
    ticks = np.arange(-4, GRID_POINTS + 4)  # four steps beyond either end, for the exactly known ones
    grid = low + step * ticks
    sigma = np.maximum(deviation, step)
    z = (grid[:, None, :] - np.where(candidate, mean, 0.0)[:, :, None]) / sigma[:, :, None]
    log_below = np.where(candidate[:, :, None], _log_normal_cdf(z), 0.0)
    mass = np.diff(np.exp(log_below.sum(axis=1)), axis=1)
    growth = np.diff(log_below, axis=2)
    total = growth.sum(axis=1)
    share = growth / np.where(total > 0.0, total, 1.0)[:, None, :]
    won = np.einsum("nkg,ng->nk", share, mass)
    result: Floats = won / won.sum(axis=1, keepdims=True)
    return result


def uniform(candidate: Mask) -> Floats:
    """The same probability for every candidate, shape (n, k)."""
    return np.asarray(candidate / candidate.sum(axis=1, keepdims=True))


def with_floor(probability: Floats, candidate: Mask, floor: float) -> Floats:
    """Mixes a uniform share ``floor`` in [0, 1) into ``probability``: no candidate falls below floor / K."""
    share = floor / candidate.sum(axis=1, keepdims=True)
    return np.asarray((1.0 - floor) * probability + candidate * share)


def capped(probability: Floats, priority: Floats, candidate: Mask, at_most: float) -> Floats:
    """Bounds what all but the best get together by ``at_most``.

    The best one gets the rest.
    """
    if at_most >= 1.0:
        return probability
    each, best = np.arange(len(probability)), first_best(priority, candidate)
    explored = 1.0 - probability[each, best]
    bounded = probability * np.minimum(1.0, at_most / np.maximum(explored, 1e-300))[:, None]
    bounded[each, best] = 0.0
    bounded[each, best] = 1.0 - bounded.sum(axis=1)
    return np.asarray(bounded)


def with_new(share: Callable[[Mask], Floats], candidate: Mask, novelty: Floats, rate: float) -> Floats:
    """Gives new candidates a stated share of their own instead of what their first scores would.

    A candidate that is new by ν in [0, 1] gets ν·rate/k for being one of k new ones, and 1-ν of its share
    of the rest by score; what it does not get goes to the established ones as if it were not there. So
    wholly new candidates get ``rate`` together, exactly, and evidence turns that into the usual share.

    Args:
        share: from candidates, shape (n, k), to their probabilities, shape (n, k).
        novelty: shape (n, k), 0 is established; in every row some candidate is.
        rate: in [0, 1].
    """
    new = candidate & (novelty > 0.0)
    if not new.any():
        return share(candidate)
    degree = np.where(new, novelty, 0.0)
    own = degree * rate / np.maximum(new.sum(axis=1, keepdims=True), 1)
    scored = share(candidate)
    withheld = (degree * scored).sum(axis=1, keepdims=True)
    rest = (1.0 - degree) * scored + withheld * share(candidate & ~new)
    return np.asarray((1.0 - own.sum(axis=1, keepdims=True)) * rest + own)


def first_best(priority: Floats, candidate: Mask) -> Ints:
    """Column of the highest priority per row, shape (n,); the first one of equals."""
    best: Ints = np.where(candidate, priority, -np.inf).argmax(axis=1)
    return best


def one_hot(column: Ints, like: Mask) -> Floats:
    """Certainty: 1 in ``column`` of each row, shape of ``like``."""
    certain = np.zeros(like.shape)
    certain[np.arange(len(column)), column] = 1.0
    return certain


def numbers(decision_id: str, count: int) -> list[float]:
    """Uniform numbers in [0, 1), one per slot: the same id gives the same numbers in any process.

    Number i is the first 53 bits of SHA-256 of ``"i:decision_id"``, so that anybody can replay a log.
    """
    return [uniform_hash(f"{slot}:{decision_id}") for slot in range(count)]


def draw(probability: Floats, number: float) -> int:
    """The candidate that a uniform ``number`` in [0, 1) falls on.

    Args:
        probability: shape (k,). Never returns a candidate whose probability is 0.
    """
    if len(probability) > _MANY:
        sums = probability.cumsum()
        index = int(sums.searchsorted(number * sums[-1], side="right"))
        return min(index, int(sums.searchsorted(sums[-1])))
    reached = list(accumulate(probability.tolist()))
    index = bisect_right(reached, number * reached[-1])
    return min(index, bisect_left(reached, reached[-1]))


def _log_normal_cdf(z: Floats) -> Floats:
    """log Φ(z), interpolated in a table down to -10 (error below 2e-5), left of it its asymptote."""
    tail = -0.5 * z * z - np.log(np.maximum(-z, 1.0)) + _TAIL
    logs: Floats = np.where(z < _TABLE_Z[0], tail, np.interp(z, _TABLE_Z, _TABLE_LOG))
    return logs


_TABLE_Z: Final = np.linspace(-10.0, 8.0, 1801)
_TABLE_LOG: Final = np.array([math.log(0.5 * math.erfc(-z / math.sqrt(2.0))) for z in _TABLE_Z.tolist()])
_TAIL: Final = float(_TABLE_LOG[0] + 0.5 * 100.0 + math.log(10.0))
