"""The measure ``coverage``: who gets nothing, and which rules do it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from models.arrays import Floats
from models.domain.journey import Journey
from models.measures.funnel import STEPS, Funnel, funnel_of
from models.measures.log.records import Names
from models.measures.traits import Traits
from models.measures.tree import Condition, grow
from nba_service.measures.questions import HIDE_BELOW, Question
from nba_service.measures.reading import Reading

PHASE: Final = "phase"
MOST_DESCRIBED: Final = 50_000
"""Customers that the tree is grown on, at most; of more a fixed share."""


def coverage(reading: Reading, journey: Journey, question: Question) -> dict[str, Any]:
    """The measure as JSON values."""
    treatments = len(journey.treatments) - 1
    found = funnel_of(reading.log, reading.names, reading.since, reading.until, treatments)
    hide = question.hide_below
    n = len(found.customers)
    messages = {policy.code: policy.message for policy in journey.policies}
    worked_out = int(found.worked_out.sum())
    return {
        "customers": _shown(n, hide),
        "unknown": _shown(found.unknown, hide),
        "nothing": _part(int(found.forced.sum()), n, hide),
        "left_in_peace": _part(int(found.peace.sum()), n, hide),
        "worked_out": _shown(worked_out, hide),
        "funnel": _funnel(found, hide),
        "rules": [
            {
                "code": rule.code,
                "tier": rule.tier,
                "message": messages.get(rule.code, ""),
                "alone": _shown(rule.alone, hide),
                "with_others": _shown(rule.with_others, hide),
                "gained": _shown(rule.gained, hide) if worked_out else None,
                "by_law": rule.tier == "consent",
            }
            for rule in found.rules
        ],
        "phases": _phases(reading, journey, found, hide),
        "leaves": _leaves(reading, journey, found, hide),
    }


def _leaves(reading: Reading, journey: Journey, found: Funnel, hide: int) -> list[dict[str, Any]]:
    """Those who get nothing, by what is known of them now and the phase of their last decision."""
    if not 0 < found.forced.sum() < len(found.customers):
        return []
    step = -(-len(found.customers) // MOST_DESCRIBED)
    some = slice(None, None, step)
    traits = Traits.of(reading.log.traits, journey, reading.names)
    columns: dict[str, Floats] = {PHASE: found.phase[some].astype(np.float64)}
    columns |= traits.rows(found.customers[some])
    texts = traits.texts | {PHASE}
    leaves = grow(columns, texts, found.forced[some], least=max(hide, HIDE_BELOW))
    return [
        {
            "conditions": [_condition(one, texts, traits.flags, reading.names) for one in leaf.path],
            "customers": leaf.people * step,
            "nothing": _shown(leaf.within * step, hide),
            "share": None if 0 < leaf.within * step < hide else leaf.share,
        }
        for leaf in leaves
    ]


def _condition(
    condition: Condition, texts: frozenset[str], flags: frozenset[str], names: Names
) -> dict[str, Any]:
    """A condition; ``holds`` false: it is the other side."""
    value: object = condition.value
    kind = condition.kind
    if kind == "is" and condition.field in texts:
        value = names.name(int(condition.value))
    elif kind == "below" and condition.field in flags:
        return {"field": condition.field, "kind": "is", "value": False, "holds": condition.holds}
    elif kind == "known":
        value = None
    return {"field": condition.field, "kind": kind, "value": value, "holds": condition.holds}


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
