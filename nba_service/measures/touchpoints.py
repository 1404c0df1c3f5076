"""The measure ``touchpoints``: what entries into a phase are credited to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Ints
from models.domain.journey import Journey, Phase
from models.measures.attribution import Credits, Paths, credit
from models.measures.customers import rows_of
from models.measures.gap import Row, rows_of_journey
from models.measures.weak_points import WeakPoint
from nba_service.measures.paths import Met, entries_of, met_of, paths_before, weak_of, worth_of
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading

SAYS: Final = "People who met it differ from those who did not: presence is not effect."
FEWEST_ENTRIES: Final = 20
"""Entries below which nothing is credited."""
_FIGURES: Final = (
    *("removal", "shapley", "first", "last", "linear", "value"),
    *("use", "effect", "drop_off", "drop_off_usual", "weak"),
)


def touchpoints(reading: Reading, journey: Journey, question: Question) -> dict[str, Any]:
    """The measure as JSON values."""
    target = question.target or target_of(journey).name
    rows = rows_of_journey(journey)
    met = met_of(reading, rows)
    people, owner, step, entered = paths_before(met, *entries_of(reading, target))
    entries = int(entered.sum())
    answer: dict[str, Any] = {
        "target": target,
        "entries": entries,
        "customers": len(people),
        "value_eur": 0.0,
        "touchpoints": [],
        "says": SAYS,
    }
    if entries < FEWEST_ENTRIES:
        why = f"{entries} customers entered {target} in this period, at least {FEWEST_ENTRIES} are needed"
        return {**answer, "refused": why}
    weak = weak_of(reading, journey, met, len(rows))
    value, value_eur = _value(reading, met, rows)
    codes, compact = np.unique(step, return_inverse=True)
    found = credit(_paths(owner, compact, entered, len(codes)), _rng())
    users = _people(owner, compact, len(codes))
    listed = [
        _touchpoint(rows[code], users[place], question.hide_below)
        | _credited(found, place)
        | {"value": value.get(code)}
        | _weak(weak[code])
        for place, code in enumerate(codes.tolist())
    ]
    shown = [one if one["customers"] is not None else _hidden(one) for one in listed]
    shown.sort(key=lambda one: -(one["removal"] or {"value": -1.0})["value"])
    return {**answer, "value_eur": value_eur, "touchpoints": shown, "refused": None}


def _value(reading: Reading, met: Met, rows: Sequence[Row]) -> tuple[dict[int, dict[str, Any]], float]:
    """Row → shares of all EUR; and how much that is."""
    who, ends, worth = worth_of(reading)
    people, owner, step, earned = paths_before(met, who, ends)
    if int(earned.sum()) < FEWEST_ENTRIES:
        return {}, 0.0
    codes, compact = np.unique(step, return_inverse=True)
    row, known = rows_of(who, people)
    value = np.where(known, worth[row], 0.0)
    found = credit(_paths(owner, compact, earned, len(codes), value), _rng())
    return (
        {code: _credited(found, place) for place, code in enumerate(codes.tolist())},
        float(value.sum()),
    )


def _paths(owner: Ints, step: Ints, converted: Ints, k: int, value: Floats | None = None) -> Paths:
    return Paths(
        owner=owner,
        step=step.astype(np.int64),
        converted=converted.astype(np.float64),
        lost=(1 - converted).astype(np.float64),
        k=k,
        value=value,
    )


def _rng() -> np.random.Generator:
    """The same draws at every look, so that an interval does not move by itself."""
    return np.random.default_rng(20_261_129)


def _credited(found: Credits, place: int) -> dict[str, Any]:
    return {
        "removal": found.removal[place].to_json(None),
        "shapley": float(found.shapley[place]),
        "first": float(found.first[place]),
        "last": float(found.last[place]),
        "linear": float(found.linear[place]),
    }


def _weak(point: WeakPoint) -> dict[str, Any]:
    return {
        "use": point.use,
        "effect": None if point.effect is None else point.effect.to_json(),
        "drop_off": None if point.drop_off is None else point.drop_off.to_json(None),
        "drop_off_usual": point.drop_off_usual,
        "weak": point.weak,
    }


def target_of(journey: Journey) -> Phase:
    """The phase worth most; without any worth the last one."""
    return max(reversed(journey.phases), key=lambda phase: phase.value)


def _people(owner: Ints, step: Ints, k: int) -> list[int]:
    """How many customers met each."""
    met = np.zeros((int(owner[-1]) + 1 if len(owner) else 0, k), dtype=bool)
    met[owner, step] = True
    return [int(count) for count in met.sum(axis=0)]


def _touchpoint(row: Row, customers: int, hide: int) -> dict[str, Any]:
    return {
        "touchpoint": row.name,
        "kind": row.kind,
        "label": row.label,
        "channel": row.channel,
        "ownership": row.ownership,
        "customers": None if 0 < customers < hide else customers,
        "hidden": 0 < customers < hide,
    }


def _hidden(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, **dict.fromkeys(_FIGURES)}
