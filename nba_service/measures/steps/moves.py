"""The measure ``moves``: steps between phases that were taken.

And what was behind one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from models.domain.history import to_iso
from models.domain.journey import Journey
from models.measures.log.steps import Behind, StepCount, StepTaken, shown_histogram, step_taken, steps_in
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading

MOST_PEOPLE: Final = 10
MOST_BEHIND: Final = 10
_BACK_DAYS: Final = 14.0
"""Where the journey file has no horizon."""

Ids = Callable[[Sequence[int]], dict[int, str]]
"""Ids of customers, by what they are in records; those that are gone are left out."""


def moves(reading: Reading, journey: Journey, question: Question, ids: Ids) -> dict[str, Any]:
    """The measure as JSON values.

    ``phase`` and ``target`` of the question: the step that is told in full, from the one to the other.
    """
    until = min(reading.until, reading.now + 1)
    found = {"steps": [_counted(reading, one, question.hide_below) for one in
                       steps_in(reading.log, reading.since, until)]}  # fmt: skip
    if question.phase is None or question.target is None:
        return {**found, "step": None}
    codes = [reading.names.find(name) for name in (question.phase, question.target)]
    taken = step_taken(
        reading.log,
        reading.since,
        until,
        codes[0],
        codes[1],
        back_days=_back_days(journey),
        most=MOST_PEOPLE,
    )
    step = _step(reading, taken, journey, question, ids)
    return {**found, "step": {"from": question.phase, "to": question.target, **step}}


def _back_days(journey: Journey) -> float:
    """How long before a step what we did is told with it."""
    return journey.objective.horizon_days or _BACK_DAYS


def _counted(reading: Reading, one: StepCount, hide: int) -> dict[str, Any]:
    hidden = 0 < one.customers < hide
    numbers = {"moves": one.moves, "customers": one.customers, "lapsed": one.lapsed}
    return {
        "from": reading.names.name(one.before),
        "to": reading.names.name(one.phase),
        **(dict.fromkeys(numbers) if hidden else numbers),
        "hidden": hidden,
    }


def _step(
    reading: Reading, taken: StepTaken, journey: Journey, question: Question, ids: Ids
) -> dict[str, Any]:
    hide = question.hide_below
    hidden = 0 < taken.count.customers < hide
    numbers = {
        "moves": taken.count.moves, "customers": taken.count.customers, "lapsed": taken.count.lapsed
    }  # fmt: skip
    if hidden:
        nothing: dict[str, list[Any]] = {
            "days": [],
            "histogram": [],
            "actions": [],
            "touchpoints": [],
            "people": [],
        }
        return {**dict.fromkeys(numbers), **nothing, "back_days": None, "hidden": True}
    known = ids(taken.latest.tolist())
    people = [
        {"customer_id": known[key], "at": to_iso(at)}
        for key, at in zip(taken.latest.tolist(), taken.at.tolist(), strict=True)
        if key in known
    ]
    actions = {action.name: action.label for action in journey.actions}
    touchpoints = {one.name: one.label for one in journey.touchpoints}
    return {
        **numbers,
        "days": list(taken.days),
        "histogram": shown_histogram(taken.histogram),
        "back_days": _back_days(journey),
        "actions": _behind(reading, taken.actions, "action", actions, hide),
        "touchpoints": _behind(reading, taken.triggers, "touchpoint", touchpoints, hide),
        "people": people,
        "hidden": False,
    }


def _behind(
    reading: Reading, found: Sequence[Behind], kind: str, labels: dict[str, str], hide: int
) -> list[dict[str, Any]]:
    listed = []
    for one in found[:MOST_BEHIND]:
        name, hidden = reading.names.name(one.code), one.customers < hide
        numbers = {"customers": one.customers, "times": one.times}
        listed.append(
            {
                kind: name,
                "label": labels.get(name, name),
                **(dict.fromkeys(numbers) if hidden else numbers),
                "hidden": hidden,
            }
        )
    return listed
