"""What the arms earned, and what ours earned more than each control.

By customers, adjusted for what they were worth before (CUPED), with intervals that may be looked at every
day. Knows one row a customer; knows nothing of where rows come from.

Source of the adjustment: Deng, Xu, Kohavi, Walker, "Improving the sensitivity of online controlled
experiments by utilizing pre-experiment data", WSDM 2013.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Mask
from models.domain.history import DAY_MS
from models.measures.customers import Customers
from models.measures.intervals import Interval, always, once, times_needed

FEWEST: Final = 20
"""Customers of an arm below which nothing is estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmResult:
    """What became of an arm's customers; ``per_customer`` None: too few."""

    arm: str
    policy: str | None
    designed_share: float | None
    customers: int
    decisions: int
    contacts: int
    responses: int
    value_eur: float
    cost_eur: float
    per_customer: Interval | None

    def to_json(self, hide_below: int = 0) -> dict[str, Any]:
        """As JSON values; of fewer customers than ``hide_below`` nothing is told."""
        hidden = 0 < self.customers < hide_below
        numbers = {
            name: None if hidden else getattr(self, name)
            for name in ("customers", "decisions", "contacts", "responses", "value_eur", "cost_eur")
        }
        interval = None if hidden or self.per_customer is None else self.per_customer.to_json(None)
        own = {"arm": self.arm, "policy": self.policy, "designed_share": self.designed_share}
        return {**own, **numbers, "per_customer": interval, "hidden": hidden}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDifference:
    """A difference at the end of a day.

    So far, and of the day alone. ``open``: some of the response windows of the day are.
    """

    day: int  # ms
    so_far: Interval
    single: float
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """EUR per customer that one group earned more than another.

    ``difference`` may be looked at every day, ``once`` if it is looked at once; None: ``refused`` says why.
    """

    arm: str
    against: str
    difference: Interval | None
    once: Interval | None
    total_eur: float | None
    earlier_value_explains: float
    seen: int
    needed: int | None
    days_to_go: int | None
    series: tuple[DayDifference, ...] = ()
    refused: str | None = None

    @property
    def enough(self) -> bool:
        return self.needed is not None and self.seen >= self.needed

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        series = [
            {
                "day": np.datetime64(day.day, "ms").astype("datetime64[D]").item().isoformat(),
                "difference": day.so_far.value,
                "low": day.so_far.low,
                "high": day.so_far.high,
                "single": day.single,
                "open": day.open,
            }
            for day in self.series
        ]
        plain = ("arm", "against", "total_eur", "earlier_value_explains", "seen", "needed", "days_to_go")
        return {
            **{name: getattr(self, name) for name in plain},
            "difference": None if self.difference is None else self.difference.to_json(),
            "once": None if self.once is None else self.once.to_json(),
            "enough": self.enough,
            "series": series,
            "refused": self.refused,
        }


def arm_result(
    customers: Customers, members: Mask, arm: str, policy: str | None = None, share: float | None = None
) -> ArmResult:
    """What became of the customers ``members``, shape (n,)."""
    value = customers.value[members]
    enough = len(value) >= FEWEST
    return ArmResult(
        arm=arm,
        policy=policy,
        designed_share=share,
        customers=len(value),
        decisions=int(customers.decisions[members].sum()),
        contacts=int(customers.contacts[members].sum()),
        responses=int(customers.responses[members].sum()),
        value_eur=float(value.sum()),
        cost_eur=float(customers.cost[members].sum()),
        per_customer=once(float(value.mean()), float(value.var(ddof=1)) / len(value)) if enough else None,
    )


def compare(
    customers: Customers,
    ours: Mask,
    theirs: Mask,
    names: tuple[str, str],
    *,
    share: float = 1.0,
    days: float = 28.0,
) -> Comparison:
    """The difference between two groups of customers, adjusted for their value before.

    Args:
        ours, theirs: shape (n,). Disjoint groups, drawn at random.
        names: of the groups.
        share: of the period that has passed.
        days: that have passed.
    """
    sizes = int(ours.sum()), int(theirs.sum())
    if min(sizes) < FEWEST:
        why = f"{names[sizes.index(min(sizes))]} has {min(sizes)} customers, at least {FEWEST} are needed"
        return _refused(names, min(sizes), why)
    adjusted, explained = without_earlier(customers.value, customers.earlier, ours, theirs)
    value, variance = difference(adjusted[ours], adjusted[theirs])
    interval = always(value, variance, share)
    times = times_needed(interval)
    far = not isfinite(times) or times > 1e6
    return Comparison(
        arm=names[0],
        against=names[1],
        difference=interval,
        once=once(value, variance),
        total_eur=value * sizes[0],
        earlier_value_explains=explained,
        seen=min(sizes),
        needed=None if far else ceil(min(sizes) * times),
        days_to_go=None if far else max(0, ceil(days * (times - 1))),
    )


def without_earlier(value: Floats, earlier: Floats, ours: Mask, theirs: Mask) -> tuple[Floats, float]:
    """Values less what was to be expected from earlier ones, and the share of the variance it explains."""
    slope, explained = slope_of(value, earlier, ours, theirs)
    return value - slope * (earlier - earlier[ours | theirs].mean()), explained


def slope_of(value: Floats, earlier: Floats, ours: Mask, theirs: Mask) -> tuple[float, float]:
    """EUR of now per EUR of earlier, and the share of the variance it explains.

    Within the groups, so that their difference does not bend it.
    """
    x, y = earlier.copy(), value.copy()
    for group in (ours, theirs):
        x[group] -= earlier[group].mean()
        y[group] -= value[group].mean()
    x, y = x[ours | theirs], y[ours | theirs]
    spread = float(x @ x)
    if spread <= 0:
        return 0.0, 0.0
    slope = float(x @ y) / spread
    return slope, min(slope * slope * spread / max(float(y @ y), 1e-300), 1.0)


def difference(ours: Floats, theirs: Floats) -> tuple[float, float]:
    """The difference of two means and its variance."""
    variance = ours.var(ddof=1) / len(ours) + theirs.var(ddof=1) / len(theirs)
    return float(ours.mean() - theirs.mean()), float(variance)


def series(
    daily: Floats, customers: Customers, ours: Mask, theirs: Mask, since: int, open_from: int
) -> tuple[DayDifference, ...]:
    """The difference day by day.

    Args:
        daily: shape (n, days). EUR of each customer and day.
        since: when the first day begins (ms).
        open_from: decisions from here on may still get responses (ms).
    """
    days = daily.shape[1]
    slope, _ = slope_of(daily.sum(axis=1), customers.earlier, ours, theirs)
    shift = slope * (customers.earlier - customers.earlier[ours | theirs].mean())
    result, so_far = [], np.zeros(len(daily))
    for day in range(days):
        so_far = so_far + daily[:, day]
        adjusted = so_far - shift * ((day + 1) / days)
        value, variance = difference(adjusted[ours], adjusted[theirs])
        at = since + day * DAY_MS
        result.append(
            DayDifference(
                day=at,
                so_far=always(value, variance, (day + 1) / days),
                single=difference(daily[ours, day], daily[theirs, day])[0],
                open=at + DAY_MS > open_from,
            )
        )
    return tuple(result)


def _refused(names: Sequence[str], seen: int, why: str) -> Comparison:
    return Comparison(
        arm=names[0],
        against=names[1],
        difference=None,
        once=None,
        total_eur=None,
        earlier_value_explains=0.0,
        seen=seen,
        needed=None,
        days_to_go=None,
        refused=why,
    )
