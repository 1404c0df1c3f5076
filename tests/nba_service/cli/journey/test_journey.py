"""Rules of ``nba journey`` and of the command line as a whole."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from models.errors import RegistryError
from models.journey_file import parse_journey
from nba_service.cli import main
from nba_service.cli.journey.templates import lint_templates
from nba_service.cli.lazy import Command, LazyGroup
from nba_service.cli.output import Table


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


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("{{ customer.first_name | upcse }}", "TEMPLATE_UNKNOWN_NAME", "did you mean upcase?"),
        ("{% if customer.vip %}Hello", "TEMPLATE_BROKEN", "if"),
        ("{{ customer.frist_name }}", "TEMPLATE_UNKNOWN_NAME", "did you mean first_name?"),
        ("{{ weather }}", "TEMPLATE_UNKNOWN_NAME", "weather"),
    ],
)
def test_texts_that_cannot_be_rendered_are_found(
    tiny_journey_text: str, text: str, code: str, says: str
) -> None:
    changed = tiny_journey_text.replace("title: Your offer", f'title: "{text}"').encode()
    (finding,) = lint_templates(parse_journey(changed, "j.yaml"), "j.yaml", changed)
    assert (finding.code, finding.field) == (code, "actions.offer.content.default.en.title")
    assert says in finding.text
    assert text in changed.decode().splitlines()[finding.line - 1]


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


def test_help_names_every_command_and_imports_none(tmp_path: Path) -> None:
    code = (
        "import sys; from click.testing import CliRunner; from nba_service.cli import main; "
        "print(CliRunner().invoke(main, ['--help']).output); "
        "heavy = {'numpy', 'lightgbm', 'flask', 'yaml', 'liquid', 'rich'}; "
        "print('LOADED', sorted({name.partition('.')[0] for name in sys.modules} & heavy))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "LOADED []" in shown.stdout
    for name in ("journey", "serve", "decide", "export", "promote", "rollback", "train"):
        assert f"\n  {name} " in shown.stdout


def test_the_version_is_the_package_s(runner: CliRunner) -> None:
    assert runner.invoke(main, ["--version"]).output.startswith("nba 0.")


def lazy_group(target: str) -> LazyGroup:
    return LazyGroup(name="nba", commands_table={"go": Command(target, "Go.")})


@click.command()
def failing() -> None:
    raise RegistryError("no bundle 'x', expected one of a, b; run `nba bundles`")


@click.command()
def reading_parquet() -> None:
    raise ModuleNotFoundError("No module named 'pyarrow.parquet'", name="pyarrow.parquet")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(sys.modules, "commands_of_this_test", sys.modules[__name__])
    return "commands_of_this_test"


def test_an_error_of_the_core_is_one_line_with_its_code(runner: CliRunner, here: str) -> None:
    result = runner.invoke(lazy_group(f"{here}:failing"), ["go"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "REGISTRY_INVALID: no bundle 'x', expected one of a, b; run `nba bundles`\n"


def test_a_missing_library_names_the_extra_that_brings_it(runner: CliRunner, here: str) -> None:
    result = runner.invoke(lazy_group(f"{here}:reading_parquet"), ["go"])
    assert result.exit_code == 1
    assert result.stderr.startswith("EXTRA_MISSING: 'nba go' needs the library pyarrow")
    assert "pip install 'nba[train]'" in result.stderr


def test_a_command_whose_import_fails_names_the_extra_too(
    runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needs_duckdb.py").write_text("import duckdb\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "duckdb", None)  # as if it were not installed
    point = EntryPoint(name="go", value="needs_duckdb:go", group="nba.commands")
    monkeypatch.setattr("nba_service.cli.lazy.entry_points", lambda group: [point])
    result = runner.invoke(LazyGroup(name="nba", entry_point_group="nba.commands"), ["go"])
    assert result.exit_code == 1
    assert "EXTRA_MISSING: 'nba go' needs the library duckdb" in result.stderr


def test_a_table_is_aligned_plain_text_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Table("Title", ("name", "EUR"), [("a", "1"), ("longer", "10")], right=frozenset({"EUR"})).show()
    assert capsys.readouterr().out == "Title\nname    EUR\na         1\nlonger   10\n\n"
