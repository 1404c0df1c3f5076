"""Run the notebooks of this folder and store what their cells print, as Jupyter would.

``python examples/notebooks/run.py``: needs no Jupyter. Open them with Jupyter, VS Code or GitHub.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


def outputs(path: Path) -> list[str]:
    """Run every code cell, one after the other, and return what each printed, its last value included.

    Runs in the notebook's folder, as Jupyter does. An error of a cell is raised with the cell's number.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    texts = []
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        for number, cell in enumerate(code_cells(notebook), start=1):
            texts.append(_run("".join(cell["source"]), f"{path.name}, cell {number}", names))
    finally:
        os.chdir(before)
    return texts


def code_cells(notebook: Any) -> list[Any]:
    """The cells that are run."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def stored(cell: Any) -> str:
    """What a cell of the file says that it printed."""
    return "".join(text for output in cell["outputs"] for text in output["text"])


def _run(source: str, name: str, names: dict[str, Any]) -> str:
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(tree, name, "exec"), names)  # noqa: S102 - our own notebooks
        if last is not None:
            value = eval(compile(ast.Expression(last.value), name, "eval"), names)  # noqa: S307 - the same
            if value is not None:
                print(repr(value))
    return said.getvalue()


def store(path: Path) -> None:
    """Write what the cells print into the file."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for number, (cell, text) in enumerate(zip(code_cells(notebook), outputs(path), strict=True), start=1):
        lines = text.splitlines(keepends=True)
        cell["execution_count"] = number
        cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": lines}] if lines else []
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for each in sorted(FOLDER.glob("*.ipynb")) if len(sys.argv) == 1 else map(Path, sys.argv[1:]):
        store(Path(each).resolve())
