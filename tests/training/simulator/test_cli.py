"""The commands write a history with its truth, and compare policies in a world."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from training.data.tables import SCHEMAS
from training.simulator.cli import rollout as rollout_command
from training.simulator.cli import simulate

ROOT = Path(__file__).parents[3]
SOLAR = ROOT / "examples/solar/simulator.yaml"


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
