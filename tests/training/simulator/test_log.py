"""A simulated log is what a company would have, and the same for the same seed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from models.errors import WorldFileError
from training.data.tables import SCHEMAS, data_sha256
from training.simulator.cli import rollout as rollout_command
from training.simulator.cli import simulate
from training.simulator.log import simulate_log, tables_of, write_log
from training.simulator.world import World, load_world

ROOT = Path(__file__).parents[3]
SOLAR = ROOT / "examples/solar/simulator.yaml"


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


def test_the_command_writes_a_history_that_ends_when_asked(tmp_path: Path) -> None:
    command = ["--world", str(SOLAR), "--customers", "40", "--days", "60", "--out", str(tmp_path), "--json"]
    done = CliRunner().invoke(simulate, [*command, "--ends-at", "2026-11-20"])
    assert done.exit_code == 0, done.output
    truth = json.loads(done.stdout)
    assert datetime.fromisoformat(truth["end"]) == datetime(2026, 11, 20, tzinfo=UTC)
    assert {path.name for path in tmp_path.iterdir()} == {
        *(f"{name}.parquet" for name in SCHEMAS), "journey.yaml", "truth.json"
    }  # fmt: skip


def test_the_rollout_command_compares_without_a_bundle() -> None:
    world = str(ROOT / "benchmarks/worlds/clicks.yaml")
    done = CliRunner().invoke(
        rollout_command, ["--world", world, "--customers", "60", "--steps", "4", "--json"]
    )
    assert done.exit_code == 0, done.output
    policies = [row["policy"] for row in json.loads(done.stdout)]
    assert policies[:2] == ["do nothing", "random"]
    assert len(policies) == 6


def broken(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "world.yaml"
    worlds = ROOT / "benchmarks/worlds"
    path.write_text(f"extends: {worlds}/base.yaml\njourney: {worlds}/journey.yaml\n{text}")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("phases: {gone: {moves: {}, browsing: {touchpoints: {visit: 1}}}}", "the journey has no 'gone'"),
        ("phases: {curious: {moves: {comparing: 0.9, quiet: 0.3}}}", "expected a sum below 1"),
        ("phases: {curious: {share: 0.9}}", "expected shares that sum to 1"),
        ("phases: {curious: {share: lots}}", "field phases.curious.share: Not a valid number"),
        ("signals: {deciding: []}", "no touchpoint tells of the move comparing > deciding"),
        ("actions: {story: {moves: {unaware: {customer: 1}}}}", "the journey has no 'customer'"),
        ("touchpoints: {visit: fax}", "the journey has no 'fax'"),
        ("class: training.simulator.world:Nobody", "cannot find"),
        ("class: pathlib:Path", "expected module:Class of a World"),
        ("weather: sunny", "field weather: Unknown field"),
    ],
)  # fmt: skip
def test_a_wrong_world_file_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(WorldFileError, match="WORLD_FILE_INVALID") as caught:
        load_world(broken(tmp_path, text))
    assert said in str(caught.value)


def test_a_world_extends_another(tmp_path: Path) -> None:
    world = load_world(broken(tmp_path, "warmth: {forward: 2.0}"))
    assert world.file.warmth.forward == 2.0
    assert world.file.warmth.quiet == -0.3  # as in base.yaml
