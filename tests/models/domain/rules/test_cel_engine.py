"""The CEL engine without its command line: nothing of that is loaded, and it evaluates."""

from __future__ import annotations

import subprocess
import sys

from models.domain.rules.cel_engine import Context, compile_program


def test_it_evaluates() -> None:
    assert compile_program("a > 1 && b == 'x'").execute(Context({"a": 2, "b": "x"})) is True


def test_its_command_line_is_not_loaded() -> None:
    """The package brings a command line of its own, which costs tens of milliseconds to import."""
    script = (
        "import sys; import models.domain.rules.cel_engine\n"
        "sys.exit(any(name in sys.modules for name in ('cel', 'cel.cli', 'typer', 'rich')))"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
