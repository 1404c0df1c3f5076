"""``nba backtest`` and ``nba learning-curve`` print a verdict and what it rests on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from training.cli import backtest, learning_curve


@pytest.fixture
def data(log_folder: Path) -> list[str]:
    return ["--config", str(log_folder / "training.yaml"), "--data", str(log_folder)]


def run(command: Any, *arguments: str) -> Result:
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return result


def test_a_backtest_shows_each_window_and_all_together(data: list[str]) -> None:
    said = run(backtest, *data, "--cuts", "1").stdout

    assert said.startswith("Trained once in the past, it would have earned")
    assert "doing nothing" in said
    assert "\n  all " in said


def test_stated_cuts_win_and_json_is_all(data: list[str]) -> None:
    told = json.loads(run(backtest, *data, "--at", "2026-03-15T00:00:00Z", "--json").stdout)

    assert [window["cut"] for window in told["windows"]] == ["2026-03-15T00:00:00Z"]


def test_a_learning_curve_has_a_row_a_share(data: list[str]) -> None:
    said = run(learning_curve, *data, "--share", "0.5", "--share", "1").stdout

    assert said.startswith("From ")
    assert "50.0%" in said
    assert "100.0%" in said
