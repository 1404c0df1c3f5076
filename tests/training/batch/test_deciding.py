"""A table of decisions has what `nba import` and training read, and says what `decide` says alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from models.bundle import Models
from models.policy.decide import decide
from models.policy.engine import Engine
from models.registry import Registry
from training import api
from training.batch.deciding import first_pass, second_pass
from training.batch.requests import Mailing, requests_of, with_past
from training.data.encode import encode
from training.data.tables import SCHEMAS, Tables, empty_table
from training.fit.prepared import Prepared

MAILING = Mailing(run_id="r", channel="web", decided_at=datetime(2026, 5, 1, tzinfo=UTC))
NOTHING_KNOWN = Tables(**{name: empty_table(name) for name in SCHEMAS})


def test_rows_state_probabilities_of_all_candidates(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    engine = Engine(prepared.journey, models, "bundle")

    decided = first_pass(engine, NOTHING_KNOWN, ["a", "b"], MAILING)

    assert decided.table.schema == SCHEMAS["decisions"]
    assert decided.table.column("decision_id").to_pylist() == ["r/a", "r/b"]
    stated = [one["action_probability"] for one in json.loads(decided.table.column("candidates")[0].as_py())]
    assert abs(sum(stated) - 1.0) < 1e-9
    assert decided.wishes == [], "the journey's channels have room for all"


def test_only_those_who_lost_are_decided_again(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    engine = Engine(prepared.journey, models, "bundle")

    again = second_pass(engine, NOTHING_KNOWN, ["a", "b"], MAILING, {"r/b"})

    assert again.table.column("customer_id").to_pylist() == ["b"]


def test_rows_are_what_decide_says_alone(batch_folder: Path) -> None:
    """In another order than the tables', with strangers, and with some who may not be profiled."""
    registry = Registry(batch_folder / "registry")
    bundle = registry.load(str(registry.champion()))
    engine = Engine(bundle.journey, bundle.models, "b", trained=bundle.journey)
    tables = api.load_tables(batch_folder / "tables", None, journey=batch_folder / "journey.yaml").tables
    consent = [json.dumps({"email": True, "personalization": number % 5 > 0}) for number in range(600)]
    at = tables.customers.schema.get_field_index("consent")
    tables = replace(tables, customers=tables.customers.set_column(at, "consent", pa.array(consent)))
    audience = ["nobody", *(f"c{number}" for number in range(599, 0, -7)), "nobody else"]
    mailing = Mailing(run_id="r", channel="web", decided_at=datetime(2026, 3, 1, tzinfo=UTC))

    rows = first_pass(engine, tables, audience, mailing).table.to_pylist()

    log = encode(tables, engine.journey)
    for row, request in zip(rows, requests_of(log, audience, mailing), strict=True):
        decision = decide(engine, with_past(engine.journey, log, request))
        assert row == row_of(decision)
    assert {row["action"] for row in rows} >= {"nothing", "teaser"}


def row_of(decision: Any) -> dict[str, Any]:
    """A row by the fields of a decision."""
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
