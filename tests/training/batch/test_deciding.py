"""A table of decisions has what `nba import` and training read, and says what `decide` says alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from models.bundle import Models
from models.policy.batch.capacity import scarce, share_out
from models.policy.decide import decide
from models.policy.engine import Engine
from models.registry import Registry
from training import api
from training.batch.bucket import Bucket
from training.batch.deciding import first_pass, second_pass
from training.batch.requests import Mailing, requests_of, with_past
from training.data.tables import SCHEMAS, Tables, empty_table
from training.fit.prepared import Prepared

MAILING = Mailing(run_id="r", channel="web", decided_at=datetime(2026, 5, 1, tzinfo=UTC))
BATCH_ROOM = 40  # of the journey of ``batch_folder``
NOTHING_KNOWN = Tables(**{name: empty_table(name) for name in SCHEMAS})


def test_rows_state_probabilities_of_all_candidates(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    engine = Engine(prepared.journey, models, "bundle")

    decided = first_pass(engine, Bucket(NOTHING_KNOWN, engine.journey), ["a", "b"], MAILING)

    assert decided.table.schema == SCHEMAS["decisions"]
    assert decided.table.column("decision_id").to_pylist() == ["r/a", "r/b"]
    stated = [one["action_probability"] for one in json.loads(decided.table.column("candidates")[0].as_py())]
    assert abs(sum(stated) - 1.0) < 1e-9
    assert decided.wishes == [], "the journey's channels have room for all"


def test_probabilities_are_those_of_what_happens_where_a_channel_is_full(batch_folder: Path) -> None:
    """Over runs, contacts come as often as they are stated: of all, and of those who gain little or much."""
    engine, tables = of_folder(batch_folder)
    audience = [f"c{number}" for number in range(0, 600, 4)]
    people = Bucket(tables, engine.journey)
    stated, came, gains = [], [], []
    for run in range(12):
        mailing = Mailing(
            run_id=f"run {run}", channel="email", decided_at=datetime(2026, 5, 2, 9, tzinfo=UTC)
        )
        first = first_pass(engine, people, audience, mailing)
        cuts = share_out(first.wishes, scarce(engine.journey))
        settled = second_pass(engine, lambda: people, mailing, first.table, cuts)
        rows = settled.table.to_pylist()
        contacts = [row["channel"] == "email" for row in rows]
        assert sum(contacts) == BATCH_ROOM
        assert settled.moved == len(first.wishes) - BATCH_ROOM > 0
        for row, contact in zip(rows, contacts, strict=True):
            shares = json.loads(row["candidates"])
            assert abs(sum(each["action_probability"] for each in shares) - 1.0) < 1e-9
            drawn = [e for e in shares if (e["action"], e["channel"]) == (row["action"], row["channel"])]
            assert drawn[0]["action_probability"] == row["action_probability"] > 0
            stated.append(sum(each["action_probability"] for each in shares if each["channel"] == "email"))
            gains.append(max(each["priority"] for each in shares) - shares[0]["priority"])
            came.append(contact)
    chance, contact, gain = (np.array(each, dtype=float) for each in (stated, came, gains))
    for group in (gain > -np.inf, gain > np.median(gain), gain <= np.median(gain)):
        error = np.sqrt((chance * (1 - chance))[group].sum())
        assert abs((contact - chance)[group].sum()) < 4 * error + 1


def test_nobody_is_decided_again_where_there_is_room(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    engine = Engine(prepared.journey, models, "bundle")
    nobody = Bucket(NOTHING_KNOWN, engine.journey)
    first = first_pass(engine, nobody, ["a", "b"], MAILING).table

    assert second_pass(engine, lambda: nobody, MAILING, first, {}).table is first


def of_folder(folder: Path) -> tuple[Engine, Tables]:
    registry = Registry(folder / "registry")
    bundle = registry.load(str(registry.champion()))
    engine = Engine(bundle.journey, bundle.models, "b", trained=bundle.journey)
    return engine, api.load_tables(folder / "tables", None, journey=folder / "journey.yaml").tables


def test_rows_are_what_decide_says_alone(batch_folder: Path) -> None:
    """In another order than the tables', with strangers, and with some who may not be profiled."""
    engine, tables = of_folder(batch_folder)
    consent = [json.dumps({"email": True, "personalization": number % 5 > 0}) for number in range(600)]
    at = tables.customers.schema.get_field_index("consent")
    tables = replace(tables, customers=tables.customers.set_column(at, "consent", pa.array(consent)))
    audience = ["nobody", *(f"c{number}" for number in range(599, 0, -7)), "nobody else"]
    mailing = Mailing(run_id="r", channel="web", decided_at=datetime(2026, 3, 1, tzinfo=UTC))

    people = Bucket(tables, engine.journey)

    rows = first_pass(engine, people, audience, mailing).table.to_pylist()

    log = people.log
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
        "context": json.dumps(
            {
                "phase_at_decision": decision.phase.name,
                "run": "r",
                "journey": decision.journey,
                "channels": ["web"],
            }
        ),
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
