"""The main table of a measure as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

MAIN_TABLE: Final = {
    "lift": "arms",
    "gap": "cells",
    "touchpoints": "touchpoints",
    "coverage": "funnel",
    "drivers": "arms",
    "cells": "cells",
    "actions": "actions",
    "apprentice": "choices",
    "promises": "weeks",
    "demand": "combinations",
    "moves": "steps",
    "variants": "variants",
}
"""Measure → the table that its CSV is."""

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


def as_csv(answer: Mapping[str, Any]) -> str:
    """Comma-separated, with a header; nested values in columns with a dot, lists left out.

    Texts that a spreadsheet would take for a formula begin with an apostrophe.
    """
    rows = [dict(_flat(row)) for row in answer.get(MAIN_TABLE[answer["measure"]], ())]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([[_cell(row.get(name)) for name in columns] for row in rows])
    return out.getvalue()


def _flat(row: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        elif isinstance(value, str) or not isinstance(value, Sequence):
            yield f"{path}{name}", value


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return "" if value is None else value
