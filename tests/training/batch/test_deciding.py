"""A table of decisions has what `nba import` and training read."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from models.bundle import Models
from models.policy.engine import Engine
from training.batch.deciding import as_table, first_pass, second_pass
from training.batch.requests import Mailing
from training.data.tables import SCHEMAS, Tables, empty_table
from training.fit.prepared import Prepared

MAILING = Mailing(run_id="r", channel="web", decided_at=datetime(2026, 5, 1, tzinfo=UTC))
NOTHING_KNOWN = Tables(**{name: empty_table(name) for name in SCHEMAS})


def test_rows_state_probabilities_of_all_candidates(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    engine = Engine(prepared.journey, models, "bundle")

    decisions, wishes = first_pass(engine, NOTHING_KNOWN, ["a", "b"], MAILING)

    table = as_table(decisions)
    assert table.schema == SCHEMAS["decisions"]
    assert table.column("decision_id").to_pylist() == ["r/a", "r/b"]
    stated = [one["action_probability"] for one in json.loads(table.column("candidates")[0].as_py())]
    assert abs(sum(stated) - 1.0) < 1e-9
    assert wishes == [], "the journey's channels have room for all"


def test_only_those_who_lost_are_decided_again(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    engine = Engine(prepared.journey, models, "bundle")

    again = second_pass(engine, NOTHING_KNOWN, ["a", "b"], MAILING, {"r/b"})

    assert [decision.customer_id for decision in again] == ["b"]
