"""A simulated log is what a company would have, and the same for the same seed."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.data.tables import SCHEMAS, data_sha256
from training.simulator.log.log import simulate_log, tables_of, write_log
from training.simulator.world.world import World


def test_same_seed_same_tables(solar: World) -> None:
    first, second, other = (
        data_sha256(tables_of(simulate_log(solar, 60, 100, np.random.default_rng(seed))))
        for seed in (7, 7, 8)
    )
    assert first == second != other


def test_tables_fit_together_and_end_in_time(solar: World, tmp_path: Path) -> None:
    log = simulate_log(solar, 200, 364, np.random.default_rng(7))
    truth = write_log(log, tmp_path, seed=7)
    tables = {name: pq.read_table(tmp_path / f"{name}.parquet") for name in SCHEMAS}
    for name, schema in SCHEMAS.items():
        assert tables[name].schema.equals(schema)
        assert tables[name].num_rows == truth["rows"][name] > 0
    end = datetime.fromisoformat(truth["end"])
    for name, column in (
        ("interactions", "occurred_at"),
        ("decisions", "decided_at"),
        ("outcomes", "occurred_at"),
    ):
        assert pc.max(tables[name][column]).as_py() < end
    decisions, outcomes = tables["decisions"], tables["outcomes"]
    assert len(set(decisions["decision_id"].to_pylist())) == decisions.num_rows
    assert set(outcomes["decision_id"].to_pylist()) <= set(decisions["decision_id"].to_pylist())
    nothing = pc.equal(decisions["action"], "nothing")
    assert pc.equal(nothing, pc.is_null(decisions["delivered_at"])).to_pylist() == [True] * decisions.num_rows
    assert pc.equal(nothing, pc.is_null(decisions["channel"])).to_pylist() == [True] * decisions.num_rows
    assert "ignored" not in set(outcomes["outcome"].to_pylist())  # silence leaves no record
    assert json.loads((tmp_path / "truth.json").read_text()) == truth


def test_outcomes_answer_within_the_window(solar: World) -> None:
    log = simulate_log(solar, 300, 200, np.random.default_rng(3))
    came = log.outcome >= 0
    delay = (log.outcome_at - log.decided_at)[came]
    assert (delay > 0).all()
    assert delay.max() < solar.step_ms
    assert not came[log.treatment == 0].any()


def test_who_leaves_tells_why_and_always_the_same(solar: World) -> None:
    log = simulate_log(solar, 3_000, 364, np.random.default_rng(7))
    table = tables_of(log).interactions
    left = table.filter(pc.equal(table["touchpoint"], "contract_cancelled")).to_pylist()
    reasons = [json.loads(row["properties"])["reason"] for row in left]

    assert len(left) > 10
    assert set(reasons) <= {"price", "service", "moved", "other"}
    assert len(set(reasons)) > 1
    others = table.filter(pc.not_equal(table["touchpoint"], "contract_cancelled"))
    assert others["properties"].null_count == others.num_rows
    by_person: dict[str, set[str]] = {}
    for row, reason in zip(left, reasons, strict=True):
        by_person.setdefault(row["customer_id"], set()).add(reason)
    assert all(len(told) == 1 for told in by_person.values())
    former = solar.journey.phase_index["former_customer"]
    assert (log.phase == former).any()
    assert (log.phase[:, (log.phase == former).any(axis=0)][-1] != former).any(), "some come back"
