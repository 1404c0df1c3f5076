"""The measure ``touchpoints``: what entries into a phase are credited to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from models.arrays import Ints, Records
from models.domain.journey import Journey, Phase
from models.measures.attribution import Paths, credit
from models.measures.customers import rows_of, within
from models.measures.gap import Row, rows_of_journey
from models.measures.log.records import Names
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading

SAYS: Final = "People who met it differ from those who did not: presence is not effect."
FEWEST_ENTRIES: Final = 20
"""Entries below which nothing is credited."""
LONGEST_PATH: Final = 50
"""Steps of a path; of longer ones the last."""


def touchpoints(reading: Reading, journey: Journey, question: Question) -> dict[str, Any]:
    """The measure as JSON values."""
    target = question.target or target_of(journey).name
    rows = rows_of_journey(journey)
    owner, step, customers, converted = paths_to(reading, rows, target)
    entries = int(converted.sum())
    answer: dict[str, Any] = {"target": target, "entries": entries, "touchpoints": [], "says": SAYS}
    if entries < FEWEST_ENTRIES:
        why = f"{entries} customers entered {target} in this period, at least {FEWEST_ENTRIES} are needed"
        return {**answer, "refused": why}
    met, compact = np.unique(step, return_inverse=True)
    paths = Paths(
        owner=owner,
        step=compact.astype(np.int64),
        converted=converted.astype(np.float64),
        lost=(1 - converted).astype(np.float64),
        k=len(met),
    )
    found = credit(paths, np.random.default_rng(20_261_129))
    people = _people(owner, compact, len(met))
    listed = [
        _touchpoint(rows[code], people[place], question.hide_below)
        | {
            "removal": found.removal[place].to_json(None),
            "shapley": float(found.shapley[place]),
            "first": float(found.first[place]),
            "last": float(found.last[place]),
            "linear": float(found.linear[place]),
        }
        for place, code in enumerate(met.tolist())
    ]
    shown = [one if one["customers"] is not None else _hidden(one) for one in listed]
    shown.sort(key=lambda one: -(one["removal"] or {"value": -1.0})["value"])
    return {**answer, "customers": customers, "touchpoints": shown, "refused": None}


def target_of(journey: Journey) -> Phase:
    """The phase worth most; without any worth the last one."""
    return max(reversed(journey.phases), key=lambda phase: phase.value)


def paths_to(reading: Reading, rows: Sequence[Row], target: str) -> tuple[Ints, Ints, int, Ints]:
    """What each customer met in the period before they first entered the target, or at all.

    Returns:
        Owner and step of the paths, how many customers have one, and who entered, shape (c,).
    """
    names, codes = reading.names, {(row.kind, row.name): code for code, row in enumerate(rows)}
    entered = within(reading.log.moves, reading.since, reading.until)
    entered = entered[(entered["phase"] == names.find(target)) & (entered["before"] > 0)]
    entered = entered[np.argsort(entered["at"], kind="stable")]
    who, first = np.unique(entered["customer"], return_index=True)
    customer, at, step = _met(reading, names, codes)
    row, known = rows_of(who, customer)
    ends = entered["at"][first][row] if len(who) else np.zeros(len(customer), dtype=np.int64)
    before = ~known | (at < ends)
    customer, at, step = customer[before], at[before], step[before]
    order = np.lexsort((at, customer))
    people, owner = np.unique(customer[order], return_inverse=True)
    owner, step = owner.astype(np.int64), step[order]
    starts = np.searchsorted(owner, np.arange(len(people) + 1))
    late = np.arange(len(owner)) >= (starts[1:] - LONGEST_PATH)[owner]
    return owner[late], step[late], len(people), np.isin(people, who).astype(np.int64)


def _met(reading: Reading, names: Names, codes: Mapping[tuple[str, str], int]) -> tuple[Records, Ints, Ints]:
    """Customer, time and row of everything met: touchpoints, and our contacts by their channel."""
    table = np.full(len(names.known()) + 1, -1, dtype=np.int64)
    channels = table.copy()
    for (kind, name), code in codes.items():
        place = names.find(name)
        if place > 0:
            (channels if kind == "channel" else table)[place] = code
    events = within(reading.log.events, reading.since, reading.until)
    contacts = within(reading.log.decisions, reading.since, reading.until)
    contacts = contacts[contacts["delivered"] > 0]
    customer = np.concatenate([events["customer"], contacts["customer"]])
    at = np.concatenate([events["at"], contacts["delivered"]])
    step = np.concatenate([table[events["touchpoint"]], channels[contacts["channel"]]])
    known = step >= 0
    return customer[known], at[known], step[known]


def _people(owner: Ints, step: Ints, k: int) -> list[int]:
    """How many customers met each."""
    pairs = np.unique(owner * k + step)
    return [int(count) for count in np.bincount(pairs % k, minlength=k)]


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
    return {**one, **dict.fromkeys(("removal", "shapley", "first", "last", "linear"))}
