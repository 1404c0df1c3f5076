"""The measure ``demand``: what customers wish and cannot get."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import orjson

from models.configurations.demand import forecast
from models.domain.configurations import Configurator
from models.domain.history import DAY_MS, to_iso, to_ms
from models.domain.journey import Journey
from nba_service.measures.questions import Question
from nba_service.store.records.configurations import ConfigurationTable, Wish

MOST_COMBINATIONS: Final = 1_000


def demand(table: ConfigurationTable, question: Question, journey: Journey, now: datetime) -> dict[str, Any]:
    """The measure as JSON values.

    A customer counts once for each combination: on the day of the first wish for it that could not be
    delivered. The forecast is for as many days as the period has.
    """
    since, until = question.period(now)
    begun = table.first_wish_at()
    until = min(until, to_ms(now) + 1)
    if begun is not None:
        since = max(since, begun)
    wishes = table.wishes(since, until) if begun is not None and since < until else ()
    days = max(1, -(-(until - since) // DAY_MS)) if wishes else question.days
    asked, vain = _people(wishes, deliverable=None), _people(wishes, deliverable=False)
    regions = [
        {"configurator": key[0], "region": key[1] or None, **_row(asked[key], rows, since, days, question)}
        for key, rows in _by(vain, parts=2).items()
    ]
    combinations = [
        {
            "configurator": key[0],
            "region": key[1] or None,
            "combination": (combination := orjson.loads(key[2])),
            "label": _label(journey, key[0], combination),
            **_row(asked[key], rows, since, days, question),
        }
        for key, rows in _by(vain, parts=3).items()
    ]
    return {
        "measure": "demand",
        "currency": journey.currency,
        "state": "ok" if wishes else "empty",
        "filter": dict.fromkeys(("phase", "channel", "arm", "target", "group")),
        "period": {"since": to_iso(since), "until": to_iso(until), "days": days} if wishes else None,
        "rolled_up_at": to_iso(to_ms(now)) if wishes else None,
        "horizon_days": question.days,
        "regions": _most(regions),
        "combinations": _most(combinations)[:MOST_COMBINATIONS],
        "left_out": max(0, len(combinations) - MOST_COMBINATIONS),
    }


Key = tuple[str, ...]
"""Configurator, region, and for combinations their JSON."""


def _people(wishes: Sequence[Wish], *, deliverable: bool | None) -> Mapping[Key, dict[str, int]]:
    """Key → person → when they first wished it; None: whether or not it could be delivered."""
    first: dict[Key, dict[str, int]] = defaultdict(dict)
    for wish in wishes:
        if deliverable is None or wish.deliverable == deliverable:
            for key in ((wish.configurator, wish.region), (wish.configurator, wish.region, wish.combination)):
                people = first[key]
                people[wish.customer_id] = min(wish.at, people.get(wish.customer_id, wish.at))
    return first


def _by(people: Mapping[Key, dict[str, int]], *, parts: int) -> Mapping[Key, dict[str, int]]:
    return {key: of for key, of in people.items() if len(key) == parts}


def _row(
    asked: Mapping[str, int], in_vain: Mapping[str, int], since: int, days: int, question: Question
) -> dict[str, Any]:
    """Customers who asked, who asked in vain, and how many more will; hidden where they are few."""
    if len(in_vain) < question.hide_below:
        return {"asked": None, "customers": None, "share": None, "forecast": None}
    per_day = np.zeros(days, dtype=np.int64)
    for at in in_vain.values():
        per_day[min(days - 1, (at - since) // DAY_MS)] += 1
    return {
        "asked": len(asked),
        "customers": len(in_vain),
        "share": len(in_vain) / len(asked),
        "forecast": forecast(per_day, question.days)._asdict(),
    }


def _most(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The most wanted first; hidden ones at the end."""
    return sorted(rows, key=lambda row: (-(row["customers"] or 0), row["configurator"], row["region"] or ""))


def _label(journey: Journey, configurator: str, combination: Mapping[str, str]) -> str:
    """The combination in words, as far as the journey file still has it."""
    found: Configurator | None = next(
        (one for one in journey.configurators if one.name == configurator), None
    )
    options = {} if found is None else {option.name: option for option in found.options}
    known = all(name in options and options[name].position(one) >= 0 for name, one in combination.items())
    if found is None or not known:
        return ", ".join(f"{name}: {choice}" for name, choice in combination.items())
    return ", ".join(
        f"{option.label}: {option.choices[option.position(combination[option.name])].label}"
        for option in found.options
        if option.name in combination
    )
