"""The measure ``apprentice``: what callers did, next to our choices."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from models.arrays import Mask, Records
from models.domain.actions import NOTHING
from models.domain.journey import Journey
from models.domain.objective import ArmPolicy
from models.measures.apprentice import (
    Choice,
    agreement,
    by_callers,
    choices,
    our_estimate,
    refused_by_us,
    same_treatment,
)
from models.measures.customers import within
from models.measures.log.records import Names, customers_in
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading

MOST_CHOICES: Final = 50


def apprentice(reading: Reading, journey: Journey, question: Question) -> dict[str, Any]:
    """The measure as JSON values; decisions of customers in control arms are counted and left out."""
    names, hide = reading.names, question.hide_below
    records = within(reading.log.decisions, reading.since, reading.until)
    records = records[by_callers(records)]
    if question.phase is not None:
        records = records[records["phase"] == names.find(question.phase)]
    if question.channel is not None:
        records = records[records["channel"] == names.find(question.channel)]
    learned = _learned(records, journey, names)
    own, customers = records[learned], customers_in(records[learned])
    hidden = 0 < customers < hide
    refused = own[refused_by_us(own, names.find(NOTHING))]
    estimate = None if hidden or not len(own) else our_estimate(own, reading.now)
    same = same_treatment(own)
    return {
        "decisions": None if hidden else len(own),
        "customers": None if hidden else customers,
        "in_control_arms": int((~learned).sum()),
        "same": agreement(own).to_json(None) if customers >= max(hide, 1) else None,
        "refused_by_us": _shown(refused, hide),
        "without_probability": _shown(own[~(own["probability"] > 0)], hide),
        "earned": [
            {"which": which, **_earned(own[chosen], hide)}
            for which, chosen in (("same", same), ("other", ~same))
        ],
        "estimate": None if estimate is None else estimate.to_json(),
        "choices": [_choice(one, names, hide) for one in choices(own)[:MOST_CHOICES]],
    }


def _learned(records: Records, journey: Journey, names: Names) -> Mask:
    """Where our choice is that of the learned policy: in no arm, or in one that has it."""
    controls = [arm.name for arm in journey.objective.arms if arm.policy is not ArmPolicy.DEFAULT]
    mask: Mask = ~np.isin(records["our_arm"], [names.find(name) for name in controls])
    return mask


def _shown(records: Records, hide: int) -> int | None:
    return None if 0 < customers_in(records) < hide else len(records)


def _earned(records: Records, hide: int) -> dict[str, Any]:
    customers = customers_in(records)
    hidden = 0 < customers < hide
    numbers: dict[str, Any] = {
        "customers": customers,
        "decisions": len(records),
        "responses": int(records["responded"].sum()),
        "value_eur": float(records["value"].sum()),
        "cost_eur": float(records["cost"].sum()),
    }
    return {**(dict.fromkeys(numbers) if hidden else numbers), "hidden": hidden}


def _choice(one: Choice, names: Names, hide: int) -> dict[str, Any]:
    hidden = one.customers < hide
    numbers: dict[str, Any] = {
        "customers": one.customers,
        "decisions": one.decisions,
        "responses": one.responses,
        "value_eur": one.value,
    }
    return {
        "action": names.name(one.taken[0]),
        "channel": names.name(one.taken[1]) or None,
        "our_action": names.name(one.ours[0]),
        "our_channel": names.name(one.ours[1]) or None,
        **(dict.fromkeys(numbers) if hidden else numbers),
        "hidden": hidden,
    }
