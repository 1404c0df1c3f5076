"""The measure ``cells``: decisions by hour and all their kinds."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from models.domain.history import HOUR_MS, to_iso
from models.measures.customers import within
from nba_service.errors import Problem
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading

BY: Final = ("phase", "action", "channel", "arm", "bundle", "reason", "drop_out")
MOST_CELLS: Final = 50_000


def cells(reading: Reading, question: Question) -> dict[str, Any]:
    """The measure as JSON values.

    Raises:
        Problem: ``FIELD_RANGE``, if there are too many cells.
    """
    records = within(reading.log.decisions, reading.since, reading.until)
    for field in ("phase", "channel"):
        asked = getattr(question, field)
        if asked is not None:
            records = records[records[field] == reading.names.find(asked)]
    kinds = [("hour", "<i8"), *[(name, "<i4") for name in BY]]
    keys = np.zeros(len(records), dtype=kinds)
    keys["hour"] = records["at"] // HOUR_MS
    for name in BY:
        keys[name] = records[name]
    found, cell = np.unique(keys, return_inverse=True)
    if len(found) > MOST_CELLS:
        raise Problem(
            "FIELD_RANGE",
            f"days: expected a period with at most {MOST_CELLS} cells, got {len(found)}; ask for fewer days.",
        )
    pairs = np.zeros(len(records), dtype=[("cell", "<i8"), ("customer", "<u8")])
    pairs["cell"], pairs["customer"] = cell, records["customer"]
    pairs = np.unique(pairs)
    people = np.bincount(pairs["cell"], minlength=len(found))
    sums = {
        "decisions": np.bincount(cell, minlength=len(found)),
        "delivered": np.bincount(cell, weights=records["delivered"] > 0, minlength=len(found)),
        "responses": np.bincount(cell, weights=records["responded"] * 1.0, minlength=len(found)),
        "value_eur": np.bincount(cell, weights=records["value"], minlength=len(found)),
        "cost_eur": np.bincount(cell, weights=records["cost"], minlength=len(found)),
    }
    listed = []
    for place, key in enumerate(found):
        customers = int(people[place])
        hidden = customers < question.hide_below
        numbers = {"customers": customers} | {name: _plain(name, of[place]) for name, of in sums.items()}
        listed.append(
            {
                "hour": to_iso(int(key["hour"]) * HOUR_MS),
                **{name: reading.names.name(int(key[name])) or None for name in BY},
                **(dict.fromkeys(numbers) if hidden else numbers),
                "hidden": hidden,
            }
        )
    return {"cells": listed}


def _plain(name: str, number: Any) -> int | float:
    return float(number) if name.endswith("_eur") else int(number)
