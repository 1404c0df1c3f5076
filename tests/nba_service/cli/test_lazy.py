"""A command is imported when it is called, and what fails says which extra is missing."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from models.errors import RegistryError
from nba_service.cli import COMMANDS, main
from nba_service.cli.lazy import Command, LazyGroup, _load


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


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


def test_an_error_of_the_core_is_one_line_with_its_code(runner: CliRunner, here: str) -> None:
    result = runner.invoke(lazy_group(f"{here}:failing"), ["go"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "REGISTRY_INVALID: no bundle 'x', expected one of a, b; run `nba bundles`\n"


def test_a_missing_library_names_the_extra_that_brings_it(runner: CliRunner, here: str) -> None:
    result = runner.invoke(lazy_group(f"{here}:reading_parquet"), ["go"])
    assert result.exit_code == 1
    assert result.stderr.startswith("EXTRA_MISSING: 'nba go' needs the library pyarrow")
    assert "pip install -e '.[train]'" in result.stderr


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


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.target])
def test_every_command_of_the_table_is_there(name: str) -> None:
    assert isinstance(_load(COMMANDS[name].target, name), click.Command)


def test_a_target_that_is_no_command_is_a_fault_of_ours(here: str) -> None:
    with pytest.raises(TypeError, match="is no click command"):
        _load(f"{here}:lazy_group", "go")


def test_a_library_that_no_extra_brings_is_a_fault_of_ours(runner: CliRunner) -> None:
    done = runner.invoke(lazy_group("no_such_module_anywhere:go"), ["go"])

    assert isinstance(done.exception, ModuleNotFoundError)


def test_a_command_of_the_table_comes_before_an_added_one_of_the_same_name(
    runner: CliRunner, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = [
        EntryPoint(name=name, value="elsewhere:command", group="nba.commands")
        for name in ("go", "train", "own")
    ]
    monkeypatch.setattr("nba_service.cli.lazy.entry_points", lambda group: points)
    group = LazyGroup(
        name="nba",
        commands_table={"go": Command(f"{here}:failing", "Go.")},
        entry_point_group="nba.commands",
    )

    overview = runner.invoke(group, ["--help"]).output

    assert runner.invoke(group, ["go"]).stderr.startswith("REGISTRY_INVALID")
    assert overview.index("go ") < overview.index("own ") < overview.index("train ")
    assert overview.count("From elsewhere:command.") == 2


def test_commands_stand_in_sections_and_those_that_are_not_installed_in_none(
    runner: CliRunner, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "nba_service.cli.lazy.entry_points",
        lambda group: [EntryPoint(name="learn", value="elsewhere:command", group=group)],
    )
    table = {
        "go": Command(f"{here}:failing", "Go.", "First"),
        "learn": Command("", "Learn.", "Then"),
        "gone": Command("", "Not installed.", "Then"),
    }
    group = LazyGroup(name="nba", commands_table=table, entry_point_group="nba.commands")

    overview = runner.invoke(group, ["--help"]).output

    assert (
        overview.index("First:") < overview.index("go ") < overview.index("Then:") < overview.index("learn ")
    )
    assert "Not installed" not in overview
    assert "Others" not in overview


@pytest.mark.parametrize(("told", "meant"), [("trian", "train"), ("jurney", "journey"), ("kyes", "keys")])
def test_a_wrong_command_is_answered_with_the_one_that_was_meant(
    runner: CliRunner, told: str, meant: str
) -> None:
    done = runner.invoke(main, [told])

    assert done.exit_code == 2
    assert f"No such command '{told}'. Did you mean '{meant}'?" in done.output


def test_a_wrong_option_is_answered_with_the_one_that_was_meant(runner: CliRunner) -> None:
    done = runner.invoke(main, ["serve", "--prot", "1"])

    assert done.exit_code == 2
    assert "'--port'" in done.output
