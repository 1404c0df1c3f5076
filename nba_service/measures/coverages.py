"""The measure ``coverage``: who gets nothing, and which rules do it."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.domain.journey import Journey
from models.measures.funnel import STEPS, Funnel, funnel_of
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading


def coverage(reading: Reading, journey: Journey, question: Question) -> dict[str, Any]:
    """The measure as JSON values."""
    treatments = len(journey.treatments) - 1
    found = funnel_of(reading.log, reading.names, reading.since, reading.until, treatments)
    hide = question.hide_below
    n = len(found.customers)
    messages = {policy.code: policy.message for policy in journey.policies}
    return {
        "customers": _shown(n, hide),
        "unknown": _shown(found.unknown, hide),
        "nothing": _part(int(found.forced.sum()), n, hide),
        "left_in_peace": _part(int(found.peace.sum()), n, hide),
        "funnel": _funnel(found, hide),
        "rules": [
            {
                "code": rule.code,
                "tier": rule.tier,
                "message": messages.get(rule.code, ""),
                "alone": _shown(rule.alone, hide),
                "with_others": _shown(rule.with_others, hide),
                "gained_at_most": _shown(rule.alone, hide),
                "by_law": rule.tier == "consent",
            }
            for rule in found.rules
        ],
        "phases": _phases(reading, journey, found, hide),
    }


def _funnel(found: Funnel, hide: int) -> list[dict[str, Any]]:
    counts = [int((found.reached >= step).sum()) for step in range(len(STEPS))]
    before = [len(found.customers), *counts[:-1]]
    return [
        {
            "step": name,
            "customers": _shown(count, hide),
            "lost": _shown(previous - count, hide),
            "reasons": {
                code: number for code, number in found.reasons.get(step, {}).items() if number >= max(hide, 1)
            },
        }
        for step, (name, count, previous) in enumerate(zip(STEPS, counts, before, strict=True))
    ]


def _phases(reading: Reading, journey: Journey, found: Funnel, hide: int) -> list[dict[str, Any]]:
    listed = []
    for phase in journey.phases:
        here = found.phase == reading.names.find(phase.name)
        customers, nothing = int(here.sum()), int(np.sum(here & found.forced))
        listed.append(
            {
                "phase": phase.name,
                "label": phase.label,
                "customers": _shown(customers, hide),
                "nothing": _shown(nothing, hide),
            }
        )
    return listed


def _part(part: int, whole: int, hide: int) -> dict[str, Any]:
    shown = _shown(part, hide)
    return {"customers": shown, "share": None if shown is None or not whole else part / whole}


def _shown(number: int, hide: int) -> int | None:
    return None if 0 < number < hide else number
