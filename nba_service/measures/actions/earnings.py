"""The measure ``actions``: how often each came first, and what it earned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.arrays import Ints, Mask, Records
from models.domain.actions import NOTHING
from models.domain.history import DAY_MS, from_ms, to_iso
from models.domain.journey import Journey
from models.measures.apprentice import by_callers
from models.measures.customers import within
from models.measures.gains import GainTable
from models.measures.log.records import customers_in
from nba_service.measures.promising import outages
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading


def actions(reading: Reading, journey: Journey, question: Question) -> dict[str, Any]:
    """The measure as JSON values: a row per action of the journey file, and of others that were chosen."""
    names = reading.names
    records = within(reading.log.decisions, reading.since, reading.until)
    records = records[~by_callers(records)]
    if question.phase is not None:
        records = records[records["phase"] == names.find(question.phase)]
    earlier = within(reading.log.decisions, 2 * reading.since - reading.until, reading.since)
    labels = {action.name: action.label for action in journey.actions}
    others = {names.name(code) for code in np.unique(records["action"]).tolist()} - {*labels, NOTHING, ""}
    days = [from_ms(at).date().isoformat() for at in range(reading.since, reading.until, DAY_MS)]
    nothing = records["action"] == names.find(NOTHING)
    gains = GainTable(records, nothing, reading.now)
    owner = np.unique(records["customer"], return_inverse=True)[1]
    places = _places(reading, journey, records, question.hide_below)
    listed = []
    for name in (*labels, *sorted(others)):
        code = names.find(name)
        own = records["action"] == code
        if question.channel is not None:
            own &= records["channel"] == names.find(question.channel)
        before = len(earlier) > 0 and bool((earlier["action"] == code).any())
        listed.append(
            {
                "action": name,
                "label": labels.get(name, name),
                "new": len(earlier) > 0 and bool(own.any()) and not before,
                **_row(reading, places, records, owner, own, gains, question.hide_below),
            }
        )
    return {
        "decisions": _shown(len(records), customers_in(records), question.hide_below),
        "nothing": _shown(int(nothing.sum()), customers_in(records[nothing]), question.hide_below),
        "days": days,
        "outages": outages(reading),
        "actions": listed,
    }


def _row(
    reading: Reading,
    places: Sequence[dict[str, Any]],
    records: Records,
    owner: Ints,
    own: Mask,
    gains: GainTable,
    hide: int,
) -> dict[str, Any]:
    rows, who = records[own], owner[own]
    customers = _different(who)
    hidden = 0 < customers < hide
    found = None if hidden else gains.gain(own)
    numbers: dict[str, Any] = {
        "customers": customers,
        "decisions": len(rows),
        "delivered": int((rows["delivered"] > 0).sum()),
        "responses": int(rows["responded"].sum()),
        "value_eur": float(rows["value"].sum()),
        "cost_eur": float(rows["cost"].sum()),
    }
    times, phase = rows["at"], rows["phase"]
    numbers["first_at"] = to_iso(int(times.min())) if len(rows) else None
    numbers["last_at"] = to_iso(int(times.max())) if len(rows) else None
    return {
        **(dict.fromkeys(numbers) if hidden else numbers),
        "gain": None if found is None else found.interval.to_json(),
        "gain_decisions": None if found is None else found.decisions,
        "days": _days(reading, rows["at"], who, hide),
        "phases": [
            {**place, **_won(who[phase == reading.names.find(place["phase"])], hide)} for place in places
        ],
        "hidden": hidden,
    }


def _places(reading: Reading, journey: Journey, records: Records, hide: int) -> list[dict[str, Any]]:
    """All decisions by phase."""
    listed = []
    for phase in journey.phases:
        here = records[records["phase"] == reading.names.find(phase.name)]
        of = _shown(len(here), customers_in(here), hide)
        listed.append({"phase": phase.name, "label": phase.label, "of": of})
    return listed


def _won(who: Ints, hide: int) -> dict[str, int | None]:
    """How many decisions of a phase were for the action; ``who``: whose they are."""
    return {"decisions": _shown(len(who), _different(who), hide)}


def _days(reading: Reading, at: Ints, who: Ints, hide: int) -> list[int | None]:
    """Decisions day by day; days of few customers are hidden."""
    count = (reading.until - reading.since) // DAY_MS
    day: Ints = (at - reading.since) // DAY_MS
    decisions = np.bincount(day, minlength=count).tolist()
    people = np.bincount(np.unique(who * count + day) % count, minlength=count).tolist()
    return [_shown(number, customers, hide) for number, customers in zip(decisions, people, strict=True)]


def _different(who: Ints) -> int:
    """How many different customers there are; ``who``: their places, from 0."""
    return int(np.count_nonzero(np.bincount(who)))


def _shown(number: int, customers: int, hide: int) -> int | None:
    return None if 0 < customers < hide else number
