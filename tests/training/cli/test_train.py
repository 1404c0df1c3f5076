"""``nba train``: where results go, and which configuration is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from training.cli import train


def run(command: Any, *arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments])


@pytest.mark.parametrize(
    ("options", "told"),
    [(("--tune", "0"), "0 is not in the range x>=1"), (("--seed", "-1"), "-1 is not in the range x>=0")],
)
def test_a_wrong_option_is_told_and_nothing_is_read(options: tuple[str, str], told: str) -> None:
    said = run(train, "--data", "nowhere", *options)

    assert said.exit_code == 2
    assert told in said.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "Missing option '--data' (or '--experiment')"),
        (("--data", "d", "--treatment", "arm"), "--treatment goes with --experiment only"),
        (("--experiment", "e.csv", "--data", "d"), "--data does not go with --experiment"),
        (("--data", "d", "--mlflow-experiment", "x"), "--mlflow-experiment goes with --mlflow only"),
        (("--experiment", "e.csv"), "Missing option '--treatment' of --experiment"),
    ],
)
def test_options_of_the_other_kind_are_refused(options: tuple[str, ...], told: str) -> None:
    said = run(train, *options)

    assert said.exit_code == 2
    assert told in said.stderr


def test_the_seed_of_the_command_wins_over_the_configurations(log_folder: Path, tmp_path: Path) -> None:
    config = ("--config", log_folder / "training.yaml", "--data", log_folder)

    said = run(train, *config, "--registry", tmp_path / "registry", "--seed", "7")

    assert said.exit_code == 0
    assert "promoted: the first bundle of this registry" in said.stdout
    (report,) = (tmp_path / "reports").glob("*/report.json")  # next to the registry
    assert json.loads(report.read_text())["model_card"]["To repeat it"]["Seed"] == 7
    assert (tmp_path / "cache").is_dir()
