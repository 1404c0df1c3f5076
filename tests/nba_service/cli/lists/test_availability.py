"""``nba availability`` at the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nba_service.cli import main
from nba_service.settings import Settings
from tests.configured_journey import CAR_JOURNEY, STOCK


@pytest.fixture
def run(playbook_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    Path(str(playbook_settings.journey)).write_text(CAR_JOURNEY)
    monkeypatch.setattr("nba_service.settings.load_settings", lambda: playbook_settings)
    return CliRunner()


def test_a_file_is_put_and_shown(run: CliRunner) -> None:
    put = run.invoke(main, ["availability", "put", "car", str(STOCK)])
    again = run.invoke(main, ["availability", "put", "car", str(STOCK), "--json", "--replace"])
    show = run.invoke(main, ["availability", "show", "car", "--region", "west"])

    assert put.exit_code == 0, put.output
    assert "15 rows changed, 0 unchanged" in put.output
    assert (json.loads(again.stdout)["unchanged"], json.loads(again.stdout)["ended"]) == (15, 0)
    assert "0.0 hours old" in show.output
    assert "w20" in show.output


def test_the_configurator_may_be_in_a_file_that_does_not_decide(
    run: CliRunner, playbook_settings: Settings, tiny_journey_text: str
) -> None:
    Path(str(playbook_settings.journey)).write_text(tiny_journey_text)
    file = ["--journey", str(STOCK.with_name("journey.yaml"))]

    put = run.invoke(main, ["availability", "put", "car", str(STOCK), *file])
    without = run.invoke(main, ["availability", "show", "car"])

    assert "15 rows changed" in put.output
    assert without.exit_code == 1
    assert "declare one" in without.output


def test_a_wrong_file_time_or_name_is_an_error(run: CliRunner, tmp_path: Path) -> None:
    wrong = tmp_path / "stock.csv"
    wrong.write_text("option,choice\nmotor,m999\n")

    refused = run.invoke(main, ["availability", "put", "car", str(wrong)])
    time = run.invoke(main, ["availability", "put", "car", str(STOCK), "--as-of", "yesterday"])
    name = run.invoke(main, ["availability", "show", "bike"])

    assert (refused.exit_code, time.exit_code, name.exit_code) == (1, 2, 1)
    assert "m999" in refused.output
    assert "--as-of" in time.output
    assert "car" in name.output
