"""A bundle is tried in a process of its own.

Bytes that pass every hash may still bring a native library down. Knows processes; knows nothing of what
the child does but that it may fail, crash or hang.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

DEFAULT_SECONDS: Final = 120.0
PYTHON: Final = (sys.executable,)

_MOST_LINES: Final = 20


def check_in_child(directory: Path, timeout_seconds: float = DEFAULT_SECONDS) -> str | None:
    """Load a bundle in a child process.

    Returns:
        None if it loads and its golden rows agree, else what is wrong, as one text.
    """
    return problem_in_child("models.bundle", [os.fspath(directory)], str(directory), timeout_seconds)


def problem_in_child(
    module: str, arguments: Sequence[str], what: str, timeout_seconds: float = DEFAULT_SECONDS
) -> str | None:
    """Run a module of ours that loads ``what``, in a child process.

    Args:
        module: exits with 0, or with 1 and the problem on standard error.
        what: is loaded, for messages.

    Returns:
        None if it exits with 0, else what is wrong, beginning with an error code.
    """
    # The child finds this code where the parent did, also when it was not installed.
    path = os.pathsep.join(p or "." for p in sys.path)
    environment = {"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": path}
    try:
        ended = subprocess.run(  # noqa: S603 - our own interpreter and module
            [*PYTHON, "-m", module, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"BUNDLE_INVALID: {what} did not load within {timeout_seconds:g} s. Train it again."
    if ended.returncode == 0:
        return None
    lines = ended.stderr.strip().splitlines()[-_MOST_LINES:]
    if ended.returncode == 1 and lines:
        return "\n".join(lines)
    how = f"with signal {-ended.returncode}" if ended.returncode < 0 else f"with exit code {ended.returncode}"
    return f"BUNDLE_INVALID: loading {what} ended its process {how}. Train it again."
