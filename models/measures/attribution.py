"""How much of conversions is credited to each touchpoint.

By Markov removal effect and Shapley value, with first, last and linear touch next to them. A path is what one
customer met, in order, and whether they converted. All of these share out what happened among what was met:
customers who met something differ from those who did not, so presence is not effect.

Sources: Anderl, Becker, von Wangenheim, Schumann, "Mapping the customer journey", International Journal of
Research in Marketing 2016 (removal effect in a first-order chain); Zhao, Mahboobi, Bagheri, "Shapley value
methods for attribution modeling in online advertising", 2018 (the sum over paths in closed form).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.measures.intervals import Interval

RESAMPLES: Final = 200
MOST_GROUPS: Final = 400
"""Groups of customers that are drawn; fewer customers are drawn one by one."""
_DRAWS: Final = 50  # at a time; bounds memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Paths of c customers, one after the other.

    Attributes:
        owner: shape (n,). Whose path a step belongs to, ascending; each in the order of time.
        step: shape (n,). Touchpoint codes, 0 to k - 1.
        converted: shape (c,). Weight of conversions of each path; 0: none.
        lost: shape (c,). Weight of ends without one.
        k: how many touchpoints there are.
        value: shape (c,). What a conversion counts, such as its EUR; None: one each.
    """

    owner: Ints
    step: Ints
    converted: Floats
    lost: Floats
    k: int
    value: Floats | None = None

    @property
    def gained(self) -> Floats:
        """What the conversions of each path count together, shape (c,)."""
        return self.converted if self.value is None else self.converted * self.value

    @classmethod
    def of(cls, paths: Sequence[Sequence[int]], converted: Sequence[float], k: int) -> Paths:
        """Paths as lists; those that do not convert end without."""
        owner = np.repeat(np.arange(len(paths)), [len(path) for path in paths])
        step = np.array([code for path in paths for code in path], dtype=np.int64)
        weight = np.array(converted, dtype=np.float64)
        return cls(owner=owner, step=step, converted=weight, lost=(weight == 0).astype(np.float64), k=k)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """Shares of all conversions, or of their value, shape (k,) each.

    Each method's add up to one; ``removal`` comes with intervals.
    """

    removal: tuple[Interval, ...]
    shapley: Floats
    first: Floats
    last: Floats
    linear: Floats


def credit(paths: Paths, rng: np.random.Generator, resamples: int = RESAMPLES) -> Credits:
    """Share conversions out among touchpoints; ``rng`` draws customers for the intervals."""
    return Credits(
        removal=removal_intervals(paths, rng, resamples),
        shapley=_share(shapley(paths)),
        first=_share(_ends(paths, last=False)),
        last=_share(_ends(paths, last=True)),
        linear=_share(_spread(paths, np.ones(len(paths.step), dtype=bool))),
    )


def removal_effects(paths: Paths, weight: Floats | None = None) -> Floats:
    """Share of conversions, or of their value, lost without each touchpoint, shape (k,), or (draws, k).

    In the chain of first order whose moves are those of the paths, everybody who would come to the
    touchpoint is lost; a conversion is worth what those from the same last touchpoint are on average.
    ``weight``: of customers, shape (c,) or (draws, c).

    Example:
        >>> removal_effects(Paths.of([[0, 1, 2], [0], [1, 2]], [1, 0, 0], 3)).round(2).tolist()
        [0.5, 1.0, 1.0]
    """
    draws = np.atleast_2d(np.ones(len(paths.converted)) if weight is None else weight)
    sums = _Sums.of(paths, np.arange(len(paths.converted)), len(paths.converted))
    effect = _removed(sums, draws)
    return effect[0] if weight is None else effect


def removal_intervals(paths: Paths, rng: np.random.Generator, resamples: int) -> tuple[Interval, ...]:
    """Each touchpoint's share of all removal effects, with intervals over customers.

    Of many customers, groups of them are drawn: their moves add up, and what they say of the spread is the
    same.
    """
    n = len(paths.converted)
    groups = min(n, MOST_GROUPS)
    sums = _Sums.of(paths, rng.permutation(n) % max(groups, 1), groups)
    share = _share(_removed(sums, np.ones((1, groups)))[0])
    drawn = []
    for begin in range(0, resamples, _DRAWS):
        size = (min(_DRAWS, resamples - begin), groups)
        effects = _removed(sums, rng.poisson(1.0, size=size).astype(np.float64))
        drawn.append(effects / np.maximum(effects.sum(axis=1, keepdims=True), 1e-300))
    low, high = np.quantile(np.concatenate(drawn), [0.025, 0.975], axis=0)
    return tuple(
        Interval(value=value, low=min(below, value), high=max(above, value))
        for value, below, above in zip(share.tolist(), low.tolist(), high.tolist(), strict=True)
    )


def shapley(paths: Paths) -> Floats:
    """Shapley value of each touchpoint, shape (k,), in conversions or their value.

    A set of touchpoints is worth the conversions whose whole path lies in it; then each conversion is
    shared equally among the different touchpoints of its path.
    """
    pairs = np.unique(paths.owner * paths.k + paths.step, return_index=True)[1]
    once = np.zeros(len(paths.step), dtype=bool)
    once[pairs] = True
    return _spread(paths, once)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """Moves and worth by group of customers.

    Attributes:
        moves: shape (g, (k + 1) * (k + 3)). From the start (0) and touchpoints, to these and two ends.
        worth: shape (g, k + 1). Of conversions by their last touchpoint.
    """

    k: int
    moves: Floats
    worth: Floats

    @classmethod
    def of(cls, paths: Paths, group: Ints, groups: int) -> _Sums:
        """``group``: of each customer, shape (c,)."""
        owner, cell, times = _moves(paths)
        size = (paths.k + 1) * (paths.k + 3)
        moves = np.bincount(group[owner] * size + cell, weights=times, minlength=groups * size)
        end = np.flatnonzero(_borders(paths)[1])
        place = group[paths.owner[end]] * (paths.k + 1) + paths.step[end] + 1
        gained = paths.gained[paths.owner[end]]
        worth = np.bincount(place, weights=gained, minlength=groups * (paths.k + 1))
        return cls(
            k=paths.k,
            moves=moves.reshape(groups, size).astype(np.float64),
            worth=worth.reshape(groups, paths.k + 1).astype(np.float64),
        )


def _removed(sums: _Sums, draws: Floats) -> Floats:
    """Share lost without each touchpoint, shape (draws, k); ``draws``: weights of groups."""
    k = sums.k
    moves = (draws @ sums.moves).reshape(len(draws), k + 1, k + 3)
    totals = np.maximum(moves.sum(axis=2, keepdims=True), 1e-300)
    visits = np.linalg.inv(np.eye(k + 1) - (moves / totals)[:, :, : k + 1])
    worth = (draws @ sums.worth) / totals[:, :, 0]
    gained = np.einsum("dij,dj->di", visits, worth)
    reach = visits[:, 0, 1:] / np.einsum("dii->di", visits)[:, 1:]
    lost: Floats = reach * gained[:, 1:] / np.maximum(gained[:, 0], 1e-300)[:, None]
    return lost


def _moves(paths: Paths) -> tuple[Ints, Ints, Floats]:
    """Owner, cell of the matrix of moves, and weight of each move."""
    k = paths.k
    starts, ends = _borders(paths)
    begin, end = np.flatnonzero(starts), np.flatnonzero(ends)
    inner = np.flatnonzero(~starts)
    inner = inner[paths.step[inner] != paths.step[inner - 1]]  # staying changes no chance
    owner = np.concatenate([paths.owner[begin], paths.owner[inner], paths.owner[end], paths.owner[end]])
    source = np.concatenate(
        [np.zeros(len(begin), dtype=np.int64), paths.step[inner - 1] + 1, *[paths.step[end] + 1] * 2]
    )
    target = np.concatenate(
        [
            paths.step[begin] + 1,
            paths.step[inner] + 1,
            np.full(len(end), k + 1),
            np.full(len(end), k + 2),
        ]
    )
    both = paths.converted + paths.lost
    parts = (both[paths.owner[begin]], both[paths.owner[inner]])
    times = np.concatenate([*parts, paths.converted[paths.owner[end]], paths.lost[paths.owner[end]]])
    return owner, source * (k + 3) + target, times


def _borders(paths: Paths) -> tuple[Mask, Mask]:
    other = paths.owner[1:] != paths.owner[:-1]
    edge = np.ones(min(1, len(paths.owner)), dtype=bool)
    return np.concatenate([edge, other]), np.concatenate([other, edge])


def _ends(paths: Paths, *, last: bool) -> Floats:
    at = _borders(paths)[int(last)]
    weight = paths.gained[paths.owner[at]]
    return np.bincount(paths.step[at], weights=weight, minlength=paths.k).astype(np.float64)


def _spread(paths: Paths, use: Mask) -> Floats:
    """Each conversion shared equally among the steps ``use`` of its path."""
    owner, step = paths.owner[use], paths.step[use]
    count = np.bincount(owner, minlength=len(paths.converted))
    weight = paths.gained[owner] / count[owner]
    return np.bincount(step, weights=weight, minlength=paths.k).astype(np.float64)


def _share(amount: Floats) -> Floats:
    total = amount.sum()
    return amount / total if total > 0 else amount
