"""The measure ``gap``: theirs beside ours, and three lists to act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.domain.journey import Journey
from models.measures.gap import Cell, Finding, Gap, Row, idle, missing, rows_of_journey, unmoved
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading

LISTS: Final = ("missing", "idle", "unmoved")


def gap(reading: Reading, journey: Journey, question: Question) -> dict[str, Any]:
    """The measure as JSON values; ``cells`` has the same flat, for CSV."""
    counted = Gap(journey, reading.log, reading.names, reading.since, reading.until, reading.now)
    rows = [
        (row, _asked(counted.cells(row), question))
        for row in rows_of_journey(journey)
        if question.channel is None or row.channel == question.channel
    ]
    flat = [(row, cell) for row, cells in rows for cell in cells]
    hide, days = question.hide_below, float(question.days)
    touchpoints = [(row, cell) for row, cell in flat if row.kind == "touchpoint" and not _arrival(row)]
    lists = {
        "missing": missing(touchpoints, counted.gains(), days, hide),
        "idle": idle(flat, days, hide),
        "unmoved": unmoved([pair for pair in flat if pair[0].kind == "channel"], days, hide),
    }
    numbers, listed = _numbered(lists)
    return {
        "phases": [
            {
                "phase": size.phase,
                "label": size.label,
                "customers": _shown(size.customers, size.customers, hide),
                "contacts": _shown(size.contacts, size.customers, hide),
            }
            for size in counted.phases()
            if question.phase in (None, size.phase)
        ],
        "rows": [
            {**_row(row), "cells": [_cell(row, cell, hide, numbers) for cell in cells]} for row, cells in rows
        ],
        "cells": [{**_row(row), **_cell(row, cell, hide, numbers)} for row, cell in flat],
        **listed,
    }


def _asked(cells: Sequence[Cell], question: Question) -> list[Cell]:
    return [cell for cell in cells if question.phase in (None, cell.phase)]


def _arrival(row: Row) -> bool:
    """Whether it is neither on a channel of ours nor led to by an action: nothing that we could do there."""
    return row.ownership == "owned" and not row.actions


def _row(row: Row) -> dict[str, Any]:
    return {
        "touchpoint": row.name,
        "kind": row.kind,
        "label": row.label,
        "channel": row.channel,
        "ownership": row.ownership,
    }


def _cell(row: Row, cell: Cell, hide: int, numbers: Mapping[tuple[str, str, str], int]) -> dict[str, Any]:
    hidden = 0 < max(cell.customers, cell.contacted) < hide
    shown = {
        "theirs": cell.theirs if not 0 < cell.customers < hide else None,
        "ours": cell.ours if not 0 < cell.contacted < hide else None,
        "customers": _shown(cell.customers, cell.customers, hide),
        "contacts": _shown(cell.contacts, cell.contacted, hide),
        "effect": None if hidden or cell.effect is None else cell.effect.to_json(),
    }
    number = numbers.get((row.kind, row.name, cell.phase))
    return {"phase": cell.phase, **shown, "hidden": None in shown.values() and hidden, "list": number}


def _shown(value: int, customers: int, hide: int) -> int | None:
    return None if 0 < customers < hide else value


def _numbered(
    lists: Mapping[str, Sequence[Finding]],
) -> tuple[dict[tuple[str, str, str], int], dict[str, list[dict[str, Any]]]]:
    """Every finding has a number, which its cell carries too."""
    numbers: dict[tuple[str, str, str], int] = {}
    listed: dict[str, list[dict[str, Any]]] = {}
    for name in LISTS:
        listed[name] = []
        for finding in lists[name]:
            row, cell = finding.row, finding.cell
            number = numbers.setdefault((row.kind, row.name, cell.phase), len(numbers) + 1)
            listed[name].append(
                {
                    "number": number,
                    **_row(row),
                    "phase": cell.phase,
                    "theirs": cell.theirs,
                    "ours": cell.ours,
                    "customers": cell.customers if name == "missing" else cell.contacted,
                    "contacts": cell.contacts,
                    "effect": None if cell.effect is None else cell.effect.to_json(),
                    "eur_month": None if finding.eur_month is None else finding.eur_month.to_json(),
                    "basis": finding.basis,
                }
            )
    return numbers, listed
