"""The folders are the architecture: what may be loaded where.

import-linter (in `make test`) reads the import statements; these tests look at what really happens.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

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
