"""A drawn company as the product knows companies.

A journey file and the four tables. Phases are stated by records shortly before each decision, since no rule
could know a phase that is misread. What cannot be said in a journey file (margins by customer) is in the
reward that each decision states.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import yaml

from models.arrays import Ints
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.journey_file import parse_journey
from training.data.tables import SCHEMAS, Tables
from training.simulator.drawn.company import DISCOUNT, Company
from training.simulator.drawn.rollout import DrawnLog
from training.simulator.kinds.misread import BEFORE_DECISION_MS, RECORD
from training.simulator.log.candidate_log import candidate_texts, pack
from training.simulator.world.events import DELIVERY_MS

STEP_DAYS: Final = 14
START_MS: Final = round(datetime(2025, 1, 6, 9, tzinfo=UTC).timestamp() * 1000)
STEP_MS: Final = STEP_DAYS * DAY_MS
LEFT: Final = "left"
ANSWER: Final = "responded"
ANSWER_MS: Final = DAY_MS
COHORTS_MS: Final = 26 * 7 * DAY_MS
"""Customers come over half a year, so that training can split the log by time."""


def journey_of(company: Company) -> Journey:
    """The company's journey; its treatments are in the order of the company's."""
    return parse_journey(journey_file(company), f"drawn company {company.seed}")


def journey_file(company: Company) -> bytes:
    """What the company would write down."""
    costs = [float(company.cost[company.channel == c].max(initial=0.0)) for c in range(company.channels)]
    phases: dict[str, Any] = {
        f"p{p}": {"label": f"Phase {p}", "value": float(round(company.value[p], 2))}
        for p in range(company.phases)
    }
    order = {treatment: f"t{treatment:02d}" for treatment in range(1, company.treatments)}
    text = {
        "company": f"Drawn {company.seed}",
        "currency": "EUR",
        "time_zone": "UTC",
        "default_locale": "en",
        "attributes": {name: {"type": "number", "label": name} for name in attribute_names(company)},
        "consents": {f"c{c}": f"Channel {c}" for c in range(company.channels)},
        "touchpoints": {RECORD: "The record of the phase"},
        "phases": {**phases, LEFT: {"label": "Left"}},
        "phase_rules": [{"when": "false", "to": LEFT}],
        "channels": {
            f"c{c}": {"label": f"Channel {c}", "cost": costs[c], "consent": f"c{c}", "kind": "email"}
            for c in range(company.channels)
        },
        "outcomes": {
            "response_window_days": STEP_DAYS,
            "default": "ignored",
            "named": {ANSWER: {"label": "Responded", "sentiment": "positive"}, "ignored": "No response"},
        },
        "actions": {
            name: {"channels": [f"c{company.channel[t]}"], "phases": [*phases]} for t, name in order.items()
        },
        "playbook": {
            f"p{p}": [order[t] for t in company.playbook[:, p].tolist() if t] for p in range(company.phases)
        },
        "objective": {
            "horizon_days": STEP_DAYS,
            "discount_per_year": float(round(DISCOUNT ** (365.25 / STEP_DAYS), 4)),
        },
    }
    return yaml.safe_dump(text, sort_keys=False).encode()


def attribute_names(company: Company) -> list[str]:
    """Of the columns that the company has: its own, and two that mean nothing."""
    return [f"x{k}" for k in range(company.observed + 2)]


def tables_of(log: DrawnLog, journey: Journey) -> Tables:
    """The log as the four tables, with the reward that each decision states."""
    customers = np.flatnonzero(log.view.step == 0)  # by customer, since steps are one after another
    ids = np.array([f"c-{i:06d}" for i in range(len(customers))], dtype=object)
    began = START_MS + log.customer * COHORTS_MS // len(customers)
    decided = began + log.view.step * STEP_MS
    names = [f"d-{i:06d}-{k:03d}" for i, k in zip(log.customer, log.view.step, strict=True)]
    decision_ids = np.array(names, dtype=object)
    answered = np.flatnonzero(log.responded)
    return Tables(
        customers=_customers(log, customers, ids),
        interactions=_interactions(log, journey, ids, decided),
        decisions=_decisions(log, journey, ids, decided, decision_ids),
        outcomes=_table(
            "outcomes",
            len(answered),
            outcome_id=[f"o{name[1:]}" for name in decision_ids[answered]],
            decision_id=decision_ids[answered],
            outcome=[ANSWER] * len(answered),
            occurred_at=decided[answered] + ANSWER_MS,
        ),
        reward=np.round(log.reward - log.company.cost[log.treatment], 4),
    )


def _customers(log: DrawnLog, rows: Ints, ids: Any) -> Any:
    company, view = log.company, log.view
    names = attribute_names(company)
    reachable = np.zeros((len(rows), company.channels), dtype=bool)
    for t in range(1, company.treatments):
        reachable[:, company.channel[t]] |= view.eligible[rows, t]
    return _table(
        "customers",
        len(rows),
        customer_id=ids,
        attributes=[
            json.dumps(dict(zip(names, x, strict=True))) for x in view.attributes[rows].round(4).tolist()
        ],
        consent=[
            json.dumps({f"c{c}": bool(ok) for c, ok in enumerate(row)} | {"personalization": True})
            for row in reachable.tolist()
        ],
        locale=["en"] * len(rows),
        time_zone=["UTC"] * len(rows),
    )


def _interactions(log: DrawnLog, journey: Journey, ids: Any, decided: Ints) -> Any:
    """One record at the start, and one before what would be the next decision."""
    first = np.flatnonzero(log.view.step == 0)
    customer = np.concatenate([log.customer[first], log.customer])
    when = np.concatenate([decided[first], decided + STEP_MS]) - BEFORE_DECISION_MS
    phase = np.concatenate([log.view.phase[first], log.after.phase])
    order = np.lexsort((when, customer))
    phases = np.array([p.name for p in journey.phases], dtype=object)
    return _table(
        "interactions",
        len(order),
        interaction_id=[f"i-{k:08d}" for k in range(len(order))],
        customer_id=ids[customer[order]],
        occurred_at=when[order],
        touchpoint=[RECORD] * len(order),
        phase=phases[phase[order]],
    )


def _decisions(log: DrawnLog, journey: Journey, ids: Any, decided: Ints, decision_ids: Any) -> Any:
    actions = np.array([t.action for t in journey.treatments], dtype=object)
    channels = np.array([t.channel for t in journey.treatments], dtype=object)
    return _table(
        "decisions",
        log.n,
        decision_id=decision_ids,
        customer_id=ids[log.customer],
        decided_at=decided,
        action=actions[log.treatment],
        channel=channels[log.treatment],
        action_probability=log.probabilities[np.arange(log.n), log.treatment].astype(np.float64),
        candidates=candidate_texts(pack(log.view.eligible), journey.treatments),
        policy=["logging"] * log.n,
        delivered_at=pa.array(decided + DELIVERY_MS, mask=log.treatment == 0),
    )


def _table(name: str, rows: int, **columns: Any) -> Any:
    """A table with every column of the schema; what is not given is null."""
    arrays = []
    for entry in SCHEMAS[name]:
        given = columns.get(entry.name)
        if given is None:
            arrays.append(pa.nulls(rows, entry.type))
        elif pa.types.is_timestamp(entry.type):
            whole = given if isinstance(given, pa.Array) else pa.array(given, type=pa.int64())
            arrays.append(whole.cast(entry.type))
        else:
            arrays.append(pa.array(given, type=entry.type))
    return pa.Table.from_arrays(arrays, schema=SCHEMAS[name])
