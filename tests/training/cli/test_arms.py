"""``nba train --experiment``: a plain A/B test from a file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import csv

from training.cli import train


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Letters bring 0.4 of 10 to everybody."""
    rng = np.random.default_rng(5)
    treated = rng.random(2_000) < 0.5
    bought = rng.random(2_000) < np.where(treated, 0.5, 0.1)
    path = tmp_path_factory.mktemp("letters") / "letters.csv"
    columns = {
        "got": np.where(treated, "letter", "none"),
        "spent": np.where(bought, 10.0, 0.0),
        "age": rng.integers(20, 80, 2_000),
        "called_later": bought,
    }
    csv.write_csv(pa.table(columns), path)
    return path


def test_arms_come_first_then_the_training(
    letters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bundle goes into a registry of its own: as the first one it would decide at once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NBA_REGISTRY", str(tmp_path / "company" / "registry"))
    arguments = ["--experiment", str(letters), "--treatment", "got", "--outcome", "spent"]

    said = CliRunner().invoke(train, [*arguments, "--ignore", "called_later", "--cost", "0.5"])

    assert said.exit_code == 0, said.output
    assert said.stdout.index("What each arm brought") < said.stdout.index("Policy value")
    assert "Note: the control is 'none', by its name." in said.stderr
    assert "taken as known before: age;" in said.stderr
    assert (tmp_path / "var" / "experiments" / "registry" / "bundles").is_dir()
    assert not (tmp_path / "company").exists()
    (report,) = (tmp_path / "var" / "experiments" / "reports").glob("*/report.json")
    policies = json.loads(report.read_text())["metrics"]["policy_value"]["policies"]
    assert policies["ours"]["dr"]["value"] == pytest.approx(policies["always letter"]["dr"]["value"], abs=0.3)
