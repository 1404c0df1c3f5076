"""The folders are the architecture: what may be loaded where, and how much one room may hold.

import-linter (in `make test`) reads the import statements; these tests look at what really happens.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Collection, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("models", "nba_service", "training")
MOST_MODULES = 16
MOST_LINES = 160
MOST_WORDS = 12

TRAINING_ONLY = ("training", "sklearn", "pandas", "duckdb", "pyarrow", "matplotlib", "joblib")


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_service_loads_nothing_that_only_training_needs() -> None:
    """A worker that carried pandas or scikit-learn would weigh 100 MB more."""
    loaded = modules_after("import nba_service.app")

    assert not loaded & set(TRAINING_ONLY)


def test_the_core_loads_neither_flask_nor_sqlalchemy() -> None:
    loaded = modules_after("import models.policy.decide, models.bundle, models.registry.registry")

    assert not loaded & {"flask", "sqlalchemy", "nba_service", *TRAINING_ONLY}


@pytest.mark.parametrize("command", ["--help", "journey --help", "serve --help"])
def test_help_is_quick_because_it_loads_no_model_library(command: str) -> None:
    arguments = command.split()
    statement = (
        "from nba_service.cli import main\n"
        f"try: main({arguments!r}, standalone_mode=False)\n"
        "except SystemExit: pass"
    )
    loaded = modules_after(statement)

    assert "lightgbm" not in loaded


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Neither within functions nor for types alone: a circle that is hidden is one all the same."""
    paths = {module_name(path): path for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    imported = {name: set(imports(path, paths)) - {name} for name, path in paths.items()}

    assert "nba_service.decisions.made" in imported["nba_service.cli.decide"]
    assert set(TopologicalSorter(imported).static_order()) == set(paths)  # CycleError names a circle


def test_no_folder_holds_more_modules_than_can_be_surveyed() -> None:
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    rooms = [str(path.parent.relative_to(ROOT)) for path in modules if path.name != "__init__.py"]

    assert len(rooms) > 300
    full = {room for room in rooms if rooms.count(room) > MOST_MODULES}
    assert full - {"nba_service/store/migrations/versions"} == set()  # a history, which only grows


def test_no_class_is_longer_than_can_be_read_at_once() -> None:
    long = {
        node.name: f"{path.relative_to(ROOT)}: {lines} lines, at most {MOST_LINES}"
        for path, node in classes()
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES
    }

    assert long == {}


def test_first_lines_of_docstrings_are_short_sentences() -> None:
    """What a module or class is, at a glance; the rest stands below."""
    long = [
        f"{path.relative_to(ROOT)}: {line}"
        for path, line in first_lines()
        if len(line.split()) > MOST_WORDS or not line.endswith(".")
    ]

    assert long == []


def first_lines() -> Iterator[tuple[Path, str]]:
    """Of every module, and of every public class that has a docstring."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if text := path.read_text(encoding="utf-8"):
                tree = ast.parse(text)
                public = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name[0] != "_"]
                texts = [ast.get_docstring(tree) or "", *filter(None, map(ast.get_docstring, public))]
                yield from ((path, text.partition("\n")[0]) for text in texts)


def classes() -> Iterator[tuple[Path, ast.ClassDef]]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield from ((path, node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, modules: Collection[str]) -> Iterator[str]:
    """Those of ``modules`` that a file names in an import, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            within = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in modules else node.module for name in within]
        yield from (name for name in names if name in modules)


def test_every_module_with_logic_has_the_test_file_of_its_name() -> None:
    """Revisions of the schema have none: ``store/sql/test_migrate.py`` runs each up, down and up again."""
    missing = {
        str(path.relative_to(ROOT))
        for path in modules_with_logic()
        if not (ROOT / "tests" / path.relative_to(ROOT)).with_name(f"test_{path.name}").exists()
    }

    assert missing == set(), "write the test file of its name"


def modules_with_logic() -> Iterator[Path]:
    """Those in which something is decided, repeated or returned."""
    logic = (ast.If, ast.For, ast.While, ast.Return, ast.Try, ast.Match)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if path.name in ("__init__.py", "__main__.py") or path.parent.match("migrations/versions"):
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if any(isinstance(node, logic) for node in ast.walk(tree)):
                yield path
