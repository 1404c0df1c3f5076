"""Rules of ``nba journey`` and of the command line as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.journey_file import parse_journey
from nba_service.cli import main


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


@pytest.fixture
def tiny_file(tmp_path: Path, tiny_journey_text: str) -> Path:
    path = tmp_path / "journey.yaml"
    path.write_text(tiny_journey_text, encoding="utf-8")
    return path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_clean_file_is_ok(runner: CliRunner, tiny_file: Path) -> None:
    result = runner.invoke(main, ["journey", "check", str(tiny_file)])
    assert (result.exit_code, result.stdout) == (0, f"{tiny_file}: ok\n")
    assert "1 file: 0 errors, 0 warnings" in result.stderr


def test_errors_fail_with_file_and_line(runner: CliRunner, tiny_file: Path) -> None:
    replace(tiny_file, "currency: EUR", "currency: euro")
    result = runner.invoke(main, ["journey", "check", str(tiny_file)])
    assert result.exit_code == 1
    assert result.stdout.startswith(f"error: {tiny_file}:2: currency: expected a currency")


def test_warnings_fail_only_when_strict(runner: CliRunner, tiny_file: Path) -> None:
    replace(tiny_file, "stranger: [teaser]", "stranger: [offer]")
    relaxed = runner.invoke(main, ["journey", "check", str(tiny_file)])
    strict = runner.invoke(main, ["journey", "check", "--strict", str(tiny_file)])
    assert (relaxed.exit_code, strict.exit_code) == (0, 1)
    assert "PLAYBOOK_SKIPPED" in relaxed.stdout


def test_check_says_the_same_to_programs(runner: CliRunner, tiny_file: Path, tmp_path: Path) -> None:
    replace(tiny_file, "stranger: [teaser]", "stranger: [offer]")
    broken = tmp_path / "broken.yaml"
    broken.write_text("company: [", encoding="utf-8")
    result = runner.invoke(main, ["journey", "check", "--json", str(tiny_file), str(broken)])
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert answer["valid"] is False
    assert [warning["code"] for warning in answer["files"][0]["warnings"]] == ["PLAYBOOK_SKIPPED"]
    assert answer["files"][1]["errors"][0].startswith(f"{broken}:")


@pytest.mark.parametrize(
    "arguments", [["journey", "check"], ["journey", "check", "gone.yaml"], ["jorney"], ["--what"]]
)
def test_wrong_usage_is_exit_code_2(runner: CliRunner, arguments: list[str]) -> None:
    assert runner.invoke(main, arguments).exit_code == 2


def test_a_huge_file_is_refused_without_reading_it_whole(runner: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(10_000_000_000)
    result = runner.invoke(main, ["journey", "check", str(path)])
    assert result.exit_code == 1
    assert "at most 1,000,000 bytes" in result.stdout


def test_the_reference_company_s_texts_can_be_rendered(runner: CliRunner, solar_journey_path: Path) -> None:
    result = runner.invoke(main, ["journey", "check", "--strict", str(solar_journey_path)])
    assert (result.exit_code, result.stdout) == (0, f"{solar_journey_path}: ok\n")


def test_show_has_every_phase_action_limit_and_policy(runner: CliRunner, solar_journey_path: Path) -> None:
    journey = parse_journey(solar_journey_path.read_bytes(), "j.yaml")
    shown = runner.invoke(main, ["journey", "show", str(solar_journey_path)])
    assert shown.exit_code == 0
    names = [p.name for p in (*journey.phases, *journey.actions, *journey.channels)]
    codes = [p.code for p in (*journey.policies, *journey.contact_limits)]
    assert [name for name in (*names, *codes) if name not in shown.stdout] == []
    assert "\x1b" not in shown.stdout  # plain text without a terminal


def test_show_marks_the_channels_of_an_action_in_its_phase(runner: CliRunner, tiny_file: Path) -> None:
    lines = runner.invoke(main, ["journey", "show", str(tiny_file)]).stdout.splitlines()
    header = next(line for line in lines if line.startswith("phase") and "playbook" in line)
    care = next(line for line in lines if line.startswith("customer") and "care" in line and "●" in line)
    assert care.index("●") == header.index("web")
    assert care.count("●") == 1


def test_show_says_everything_to_programs(runner: CliRunner, tiny_file: Path) -> None:
    shown = json.loads(runner.invoke(main, ["journey", "show", "--json", str(tiny_file)]).stdout)
    assert list(shown["phases"]) == ["stranger", "interested", "customer"]
    assert shown["actions"]["teaser"]["prior"]["moves"] == {"interested": 2.0}
    assert shown["treatments"][0] == "nothing"
    assert len(shown["sha256"]) == 64


def test_a_wrong_file_is_shown_as_one_error_with_its_code(runner: CliRunner, tiny_file: Path) -> None:
    replace(tiny_file, "currency: EUR", "currency: euro")
    result = runner.invoke(main, ["journey", "show", str(tiny_file)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"JOURNEY_FILE_INVALID: {tiny_file}:2: currency")


# --- The command line as a whole


def test_the_version_is_the_package_s(runner: CliRunner) -> None:
    assert runner.invoke(main, ["--version"]).output.startswith("nba 0.")
