"""Loading a bundle in a process of its own, so that no bundle can take the service down.

Knows processes; knows nothing of bundles but that loading one may fail, crash or hang.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

DEFAULT_SECONDS: Final = 120.0
COMMAND: Final = (sys.executable, "-m", "models.bundle")


def check_in_child(directory: Path, timeout_seconds: float = DEFAULT_SECONDS) -> str | None:
    """Load a bundle in a child process.

    Returns:
        None if it loads and its golden rows agree, else what is wrong, as one text.
    """
    command = [*COMMAND, os.fspath(directory)]
    # The child finds this code where the parent did, also when it was not installed.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p or "." for p in sys.path)}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, capture_output=True, text=True, timeout=timeout_seconds, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        return f"BUNDLE_INVALID: {directory} did not load within {timeout_seconds:g} s."
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        return f"BUNDLE_INVALID: loading {directory} ended its process with signal {-done.returncode}."
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"BUNDLE_INVALID: loading {directory} failed with exit {done.returncode}."
