"""Touchpoints that many use and that lead nowhere.

After each use: whether the customer moved on within the horizon, and whether anything more came at all,
against uses of everything else in the same phases. People who use something differ from those who do not, so
these are associations. Intervals: jackknife over groups of customers (Kott 2001, "The delete-a-group
jackknife").
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Codes, Floats, Ints, Mask
from models.measures.effects import FEWEST_MOVES, Odds
from models.measures.intervals import Interval, once

MUCH: Final = 0.10
"""Share of the customers that makes a touchpoint worth a look."""
FAR_ABOVE: Final = 1.25
"""Times the usual drop-off: there it is that, here it is not."""
GROUPS: Final = 200
"""Of customers, by their hash."""
FEWEST: Final = 20
"""Uses below which nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """Uses of touchpoints, by customer and time.

    Attributes:
        customer, at, phase: shape (n,). Who, when (ms), and the code of the phase they were in.
        point: shape (n,). The touchpoint, 0 to k - 1.
        moved: shape (n,). Whether the next step within the horizon led on.
    """

    customer: NDArray[np.uint64]
    at: Ints
    phase: Codes
    point: Ints
    moved: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakPoint:
    """What followed on the uses of a touchpoint.

    ``weak`` None: nothing to look at.
    """

    use: float
    effect: Odds | None
    drop_off: Interval | None
    drop_off_usual: float | None
    weak: str | None


def weak_points(uses: Uses, k: int, horizon_ms: int, now: int) -> tuple[WeakPoint, ...]:
    """All touchpoints; uses younger than the horizon are not judged."""
    owner = np.cumsum(np.append(False, uses.customer[1:] != uses.customer[:-1])[: len(uses.customer)])
    everybody = len(owner) and int(owner[-1]) + 1
    users = np.bincount(np.unique(owner * k + uses.point) % max(k, 1), minlength=k)
    sums = _Sums.of(uses, k, _last(uses, horizon_ms), uses.at + horizon_ms <= now)
    found = []
    for code, number in enumerate(users.tolist()):
        effect, drop_off, usual = sums.judge(code)
        share = number / max(everybody, 1)
        weak = _weak(share, effect, drop_off, usual)
        found.append(WeakPoint(use=share, effect=effect, drop_off=drop_off, drop_off_usual=usual, weak=weak))
    return tuple(found)


def _last(uses: Uses, horizon_ms: int) -> Mask:
    """Whether nothing more came within the horizon, shape (n,)."""
    last = np.ones(len(uses.at), dtype=bool)
    same = uses.customer[1:] == uses.customer[:-1]
    last[:-1] = ~(same & (uses.at[1:] - uses.at[:-1] <= horizon_ms))
    return last


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """Judged uses by group of customers, phase and touchpoint, shape (g, p, k).

    How many, and after how many of them the customer moved on, or fell silent. A customer is in one group, so
    that leaving groups out one by one tells how sure a figure is (jackknife).
    """

    uses: Floats
    moved: Floats
    ended: Floats

    @classmethod
    def of(cls, uses: Uses, k: int, last: Mask, judged: Mask) -> _Sums:
        phases, phase = np.unique(uses.phase[judged], return_inverse=True)
        group = (uses.customer[judged] % np.uint64(GROUPS)).astype(np.int64)
        place = (group * max(len(phases), 1) + phase) * k + uses.point[judged]
        shape = (GROUPS, max(len(phases), 1), k)

        def summed(weight: Mask) -> Floats:
            size = shape[0] * shape[1] * shape[2]
            return np.bincount(place, weights=weight, minlength=size).reshape(shape).astype(np.float64)

        every = np.ones(len(place), dtype=bool)
        return cls(uses=summed(every), moved=summed(uses.moved[judged]), ended=summed(last[judged]))

    def judge(self, code: int) -> tuple[Odds | None, Interval | None, float | None]:
        """Effect of a touchpoint, its drop-off and what is usual elsewhere in the same phases."""
        own, others = _sides(self.uses, code)
        compared = (own[0] > 0) & (others[0] > 0)
        if min(own[0][compared].sum(), others[0][compared].sum()) < FEWEST:
            return None, None, None
        own, others = own[:, compared], others[:, compared]
        weight = np.divide(own, others, out=np.zeros_like(own), where=others > 0)
        ours_moved, theirs_moved = (side[:, compared] for side in _sides(self.moved, code))
        ours_ended, theirs_ended = (side[:, compared] for side in _sides(self.ended, code))
        n, m = own.sum(axis=1), (weight * others).sum(axis=1)
        usual = (weight * theirs_ended).sum(axis=1) / m
        drop = _jackknife(ours_ended.sum(axis=1) / n)
        drop_off = Interval(value=drop.value, low=max(drop.low, 0.0), high=min(drop.high, 1.0))
        effect = None
        if all(
            min(moved[0].sum(), (side[0] - moved[0]).sum()) >= FEWEST_MOVES
            for side, moved in ((own, ours_moved), (others, theirs_moved))
        ):
            odds = _jackknife(
                _logit(ours_moved.sum(axis=1) / n) - _logit((weight * theirs_moved).sum(axis=1) / m)
            )
            interval = Interval(value=exp(odds.value), low=exp(odds.low), high=exp(odds.high))
            effect = Odds(interval=interval, basis="association")
        return effect, drop_off, float(usual[0])


def _sides(sums: Floats, code: int) -> tuple[Floats, Floats]:
    """Sums of a touchpoint and of all others by phase: of everybody first, then without each group."""
    own, every = sums[:, :, code], sums.sum(axis=2)

    def left_out(part: Floats) -> Floats:
        whole = part.sum(axis=0)
        return np.vstack([whole, whole - part])

    return left_out(own), left_out(every - own)


def _jackknife(values: Floats) -> Interval:
    """The first value, with the spread of those that leave a group out."""
    left_out = values[1:]
    spread = float(((left_out - left_out.mean()) ** 2).sum()) * (len(left_out) - 1) / len(left_out)
    return once(float(values[0]), spread)


def _logit(share: Floats) -> Floats:
    return np.log(share / (1 - share))


def _weak(use: float, effect: Odds | None, drop_off: Interval | None, usual: float | None) -> str | None:
    if use < MUCH or effect is None:
        return None
    proved = effect.interval.proved(1.0)
    if proved == "down":
        return "turns_away"
    if drop_off is not None and usual is not None and drop_off.low > FAR_ABOVE * usual:
        return "drops_off"
    return "no_effect" if proved == "no" else None
