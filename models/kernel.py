"""The compiled inner loops (``learned/trees/_kernel.c``), where they were built.

Else NumPy does the same work. Knows whether they are there. A machine without a C compiler installs and runs
all the same: the code next to each call is the contract, and the kernel gives the same bits (a test holds
them together).
"""

from __future__ import annotations

import importlib
import os
from typing import Any, Final

VERSION: Final = 11
"""Of its functions; what was built from another is left aside until it is built anew."""

MOST_PHASES: Final = 64
"""Journeys with more are left to NumPy."""


def load() -> Any:
    """The compiled module; None if it was not built, or ``NBA_KERNEL=0`` asks for NumPy."""
    if os.environ.get("NBA_KERNEL") == "0":
        return None
    try:
        built = importlib.import_module("models.learned.trees._kernel")
    except ImportError:
        return None
    return built if getattr(built, "VERSION", 1) == VERSION else None


native: Any = load()
