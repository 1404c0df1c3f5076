"""Touchpoints that many use and that lead nowhere.

After each use: whether the customer moved on within the horizon, and whether anything more came at all,
against uses of everything else in the same phases. People who use something differ from those who do not, so
these are associations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Codes, Floats, Ints, Mask
from models.measures.effects import Odds, odds_ratio
from models.measures.intervals import Interval, once

MUCH: Final = 0.10
"""Share of the customers that makes a touchpoint worth a look."""
FAR_ABOVE: Final = 1.25
"""Times the usual drop-off: there it is that, here it is not."""
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
    everybody = len(np.unique(uses.customer))
    pairs = np.unique(np.stack([uses.point, uses.customer.astype(np.int64)]), axis=1)
    users = np.bincount(pairs[0], minlength=k)
    last = _last(uses, horizon_ms)
    judged = uses.at + horizon_ms <= now
    found = _judge(uses, k, last, judged)
    return tuple(
        WeakPoint(
            use=share,
            effect=effect,
            drop_off=drop_off,
            drop_off_usual=usual,
            weak=_weak(share, effect, drop_off, usual),
        )
        for share, (effect, drop_off, usual) in zip((users / max(everybody, 1)).tolist(), found, strict=True)
    )


def _last(uses: Uses, horizon_ms: int) -> Mask:
    """Whether nothing more came within the horizon, shape (n,)."""
    last = np.ones(len(uses.at), dtype=bool)
    same = uses.customer[1:] == uses.customer[:-1]
    last[:-1] = ~(same & (uses.at[1:] - uses.at[:-1] <= horizon_ms))
    return last


def _judge(
    uses: Uses, k: int, last: Mask, judged: Mask
) -> Iterator[tuple[Odds | None, Interval | None, float | None]]:
    """Effect, drop-off and what is usual, touchpoint by touchpoint."""
    customer, phase, point = uses.customer[judged], uses.phase[judged], uses.point[judged]
    moved, ended = uses.moved[judged], last[judged].astype(np.float64)
    _, owner = np.unique(customer, return_inverse=True)
    for code in range(k):
        own = point == code
        weight = _as_in(phase, own)
        counted = weight > 0
        if min(own.sum(), (counted & ~own).sum()) < FEWEST:
            yield None, None, None
            continue
        effect = odds_ratio(moved[counted], own[counted], weight[counted], customer[counted], "association")
        others = counted & ~own
        usual = float(weight[others] @ ended[others] / weight[others].sum())
        yield effect, _share(ended[own], owner[own]), usual


def _as_in(phase: Codes, own: Mask) -> Floats:
    """Weights with which other uses lie in phases as the touchpoint's own do; its own weigh one."""
    weight = np.zeros(len(phase))
    for code in np.unique(phase[own]).tolist():
        here = phase == code
        others = int((here & ~own).sum())
        if others:
            weight[here & ~own] = float((here & own).sum()) / others
            weight[here & own] = 1.0
    return weight


def _share(ended: Floats, owner: Ints) -> Interval:
    """A share with its interval over customers."""
    share = float(ended.mean())
    variance = float((np.bincount(owner, weights=(ended - share) / len(ended)) ** 2).sum())
    found = once(share, variance)
    return Interval(value=share, low=max(found.low, 0.0), high=min(found.high, 1.0))


def _weak(use: float, effect: Odds | None, drop_off: Interval | None, usual: float | None) -> str | None:
    if use < MUCH or effect is None:
        return None
    proved = effect.interval.proved(1.0)
    if proved == "down":
        return "turns_away"
    if drop_off is not None and usual is not None and drop_off.low > FAR_ABOVE * usual:
        return "drops_off"
    return "no_effect" if proved == "no" else None
