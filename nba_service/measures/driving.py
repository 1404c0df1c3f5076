"""The measure ``drivers``: contacts × responses × value.

By arm and week, and what spending brought.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from models.domain.history import from_ms
from models.domain.journey import Journey
from models.domain.objective import ArmPolicy
from models.measures.apprentice import decided_by_us
from models.measures.customers import Customers, customers_of
from models.measures.drivers import Drivers, drivers_of, everybody, shares_of_difference
from models.measures.lift import compare
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading
from nba_service.measures.rollups.packing import WEEK_MS

_MOST_PERIODS: Final = 13


def drivers(reading: Reading, journey: Journey, question: Question) -> dict[str, Any]:
    """The measure as JSON values."""
    reading = replace(reading, log=decided_by_us(reading.log))
    customers = customers_of(reading.log, reading.since, reading.until)
    arms = {arm.name: _of_arm(reading, customers, arm.name) for arm in journey.objective.arms}
    others = {reading.names.name(code) for code in np.unique(customers.arm).tolist()} - set(arms)
    arms |= {name: _of_arm(reading, customers, name) for name in sorted(others)}
    ours = [arm.name for arm in journey.objective.arms if arm.policy is ArmPolicy.DEFAULT]
    controls = [arm.name for arm in journey.objective.arms if arm.policy is not ArmPolicy.DEFAULT]
    pairs = [(one, other) for one in ours for other in controls]
    return {
        "arms": [{"arm": name, **_shown(found, question.hide_below)} for name, found in arms.items()],
        "tree": [
            {
                "arm": one,
                "against": other,
                "difference": arms[one].eur_per_customer - arms[other].eur_per_customer,
                **shares,
            }
            for one, other in pairs
            if min(arms[one].customers, arms[other].customers) >= max(1, question.hide_below)
            and (shares := shares_of_difference(arms[one], arms[other])) is not None
        ],
        "spend": [
            spent for pair in pairs if (spent := _spend(reading, customers, pair, question)) is not None
        ],
        "periods": _periods(reading, question),
    }


def _of_arm(reading: Reading, customers: Customers, arm: str) -> Drivers:
    return drivers_of(customers, (customers.arm == reading.names.find(arm)) & ~customers.mixed)


def _spend(
    reading: Reading, customers: Customers, pair: tuple[str, str], question: Question
) -> dict[str, Any] | None:
    """What our customers gained over a control, by EUR spent on contacts with them."""
    members = [(customers.arm == reading.names.find(name)) & ~customers.mixed for name in pair]
    found = compare(customers, members[0], members[1], pair)
    cost = float(customers.cost[members[0]].sum())
    if found.difference is None or found.seen < question.hide_below:
        return None
    n = int(members[0].sum())
    gain = {name: getattr(found.difference, name) * n for name in ("value", "low", "high")}
    returned = {name: amount / cost for name, amount in gain.items()} if cost > 0 else None
    if returned is not None:
        returned = {**returned, "proved": found.difference.proved()}
    return {
        "arm": pair[0],
        "against": pair[1],
        "gain_eur": gain["value"],
        "cost_eur": cost,
        "return": returned,
    }


def _periods(reading: Reading, question: Question) -> list[dict[str, Any]]:
    """Week by week, the last ones; the first may be short."""
    ends = list(range(reading.until, reading.since, -WEEK_MS))[:_MOST_PERIODS]
    periods = []
    for end in reversed(ends):
        since = max(end - WEEK_MS, reading.since)
        own = customers_of(reading.log, since, end)
        found = _shown(drivers_of(own, everybody(own)), question.hide_below)
        begin, stop = (from_ms(at).date().isoformat() for at in (since, end))
        periods.append({"since": begin, "until": stop, **found})
    return periods


def _shown(found: Drivers, hide: int) -> dict[str, Any]:
    values = found.to_json()
    hidden = 0 < found.customers < hide
    return {**(dict.fromkeys(values) if hidden else values), "hidden": hidden}
