"""Decides for one bucket of customers and writes decisions as a table.

Everything about a customer happens here, in one task, so limits hold; only a channel's contacts of the day
are shared out over all buckets (``capacity.py``).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from models.domain.decision import Decision, DecisionRequest
from models.policy.decide import decide_all_in_steps
from models.policy.engine import Engine
from training.batch.capacity import Wish, for_all, rooms_of
from training.batch.requests import Mailing, requests_of
from training.data.encode import encode
from training.data.tables import SCHEMAS, Tables


def first_pass(
    engine: Engine, tables: Tables, audience: Sequence[str], mailing: Mailing
) -> tuple[list[Decision], list[Wish]]:
    """Decide as if there were room for everybody; and which contacts are wanted on scarce channels."""
    rooms = rooms_of(engine.journey)
    requests = _requests(engine, tables, audience, mailing, for_all(rooms))
    decisions = _decide(engine, requests)
    wishes = [
        Wish(decision.decision_id, channel, decision.actions[0].value.over_nothing)
        for decision in decisions
        if (channel := decision.actions[0].channel) in rooms and channel is not None
    ]
    return decisions, wishes


def second_pass(
    engine: Engine, tables: Tables, audience: Sequence[str], mailing: Mailing, lost: Collection[str]
) -> list[Decision]:
    """Decide again for those who lost, without the channels that are full."""
    again = [customer for customer in audience if mailing.decision_id(customer) in lost]
    none = dict.fromkeys(rooms_of(engine.journey), 0)
    return _decide(engine, _requests(engine, tables, again, mailing, none))


def as_table(decisions: Sequence[Decision]) -> Any:
    """The table ``decisions`` of the four tables: what ``nba import`` reads and training learns from."""
    return pa.Table.from_pylist([_row(decision) for decision in decisions], SCHEMAS["decisions"])


def _requests(
    engine: Engine, tables: Tables, audience: Sequence[str], mailing: Mailing, rooms: Mapping[str, int]
) -> list[DecisionRequest]:
    log = encode(tables, engine.journey)
    return [replace(each, rooms=rooms) for each in requests_of(engine.journey, log, audience, mailing)]


def _decide(engine: Engine, requests: Sequence[DecisionRequest]) -> list[Decision]:
    return [decision for decision, _ in decide_all_in_steps(engine, requests)]


def _row(decision: Decision) -> dict[str, Any]:
    chosen = decision.actions[0]
    return {
        "decision_id": decision.decision_id,
        "customer_id": decision.customer_id,
        "decided_at": decision.decided_at,
        "context": json.dumps({"phase_at_decision": decision.phase.name}),
        "action": chosen.action,
        "channel": chosen.channel,
        "action_probability": chosen.action_probability,
        "candidates": json.dumps(
            [
                {
                    "action": each.action,
                    "channel": each.channel,
                    "action_probability": each.action_probability,
                    "priority": each.value.priority,
                }
                for each in decision.candidates
            ]
        ),
        "bundle": decision.bundle,
        "policy": decision.policy,
        "arm": decision.arm,
        "delivered_at": None,
    }
