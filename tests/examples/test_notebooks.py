"""The notebooks run from top to bottom, and what is stored in them is what their cells print."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "notebooks"
NAMES = ("your_csv_to_a_policy.ipynb", "reading_a_bundle.ipynb")


@pytest.fixture(scope="module")
def runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebook_runner", FOLDER / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without_numbers(text: str) -> str:
    """Numbers differ by machine in their last digits, and the width of columns with them."""
    return re.sub(r"[ ]+", " ", re.sub(r"[-+]?\d[\d,.]*%?", "0", text))


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_prints_what_is_stored(name: str, runner: ModuleType) -> None:
    """Run ``python examples/notebooks/run.py`` where this fails."""
    path = FOLDER / name
    cells = runner.code_cells(json.loads(path.read_text(encoding="utf-8")))

    for cell, said in zip(cells, runner.outputs(path), strict=True):
        assert without_numbers(runner.stored(cell)) == without_numbers(said)


def test_there_are_no_others() -> None:
    assert {path.name for path in FOLDER.glob("*.ipynb")} == set(NAMES)


def test_an_error_names_its_cell(runner: ModuleType, tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": ["1 / 0"], "outputs": []}
    broken = tmp_path / "broken.ipynb"
    broken.write_text(json.dumps({"cells": [cell]}))

    with pytest.raises(ZeroDivisionError) as error:
        runner.outputs(broken)
    assert "broken.ipynb, cell 1" in str(error.traceback[-1].path)


def test_the_last_value_is_shown_and_outputs_are_stored(runner: ModuleType, tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": ["x = 2\n", "x + 1"], "outputs": []}]
    path = tmp_path / "small.ipynb"
    path.write_text(json.dumps({"cells": cells}))

    runner.store(path)

    (cell,) = json.loads(path.read_text())["cells"]
    assert (runner.stored(cell), cell["execution_count"]) == ("3\n", 1)
