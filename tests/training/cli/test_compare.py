"""``nba compare``: two bundles, the champion, or doing nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from training.cli import compare, train


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(compare, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def where(log_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    registry = tmp_path_factory.mktemp("var") / "registry"
    data = ["--config", str(log_folder / "training.yaml"), "--data", str(log_folder)]
    done = CliRunner().invoke(train, [*data, "--registry", str(registry)])
    assert done.exit_code == 0
    return [*data, "--registry", str(registry)]


def test_the_verdict_comes_first_and_phases_follow(where: list[str]) -> None:
    said = run("champion", "nothing", *where)

    assert said.exit_code == 0, said.output
    first, second, *_ = said.stdout.splitlines()
    assert " per decision more than nothing (95 % interval " in first
    assert "customers, later than 2026-" in second
    assert "By phase" in said.stdout
    assert "instead of Doing nothing" in said.stdout


def test_json_has_every_figure(where: list[str]) -> None:
    told = json.loads(run("champion", "nothing", *where, "--json").stdout)

    assert told["per_decision"]["estimate"]["low"] > 0
    assert {each["label"] for each in told["phases"]} <= {"Stranger", "Interested", "Customer"}


@pytest.mark.parametrize(
    ("since", "expected"),
    [("yesterday", "expected a time such as"), ("2026-03-01T00:00:00", "expected a time with its zone")],
)
def test_a_wrong_time_is_told(where: list[str], since: str, expected: str) -> None:
    said = run("champion", "nothing", *where, "--since", since)

    assert said.exit_code == 2
    assert expected in said.stderr
