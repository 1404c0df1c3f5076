"""The counts of workers that have died.

Kept, in one file of each kind, and their own files removed. Called by the gunicorn master for each child that
has ended. Without it every restart leaves files behind that each later scrape reads.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from prometheus_client import mmap_dict

from nba_service.telemetry.drift_files import fold_drift
from nba_service.telemetry.shared_files import locked

DEAD: Final = 0
"""The process id that stands for all the dead; no worker has it."""

_File: Any = mmap_dict.MmapedDict  # the library has no types

_ADDED_UP: Final = ("counter", "histogram")


def bury(directory: Path, pid: int) -> None:
    """Add the counts of a dead process to those of all the dead, and remove its files."""
    with locked(directory, alone=True):
        for kind in _ADDED_UP:
            _fold(directory / f"{kind}_{pid}.db", directory / f"{kind}_{DEAD}.db")
        fold_drift(directory, pid, DEAD)
        for gauge in directory.glob(f"gauge_*_{pid}.db"):
            gauge.unlink(missing_ok=True)


def _fold(source: Path, target: Path) -> None:
    """Write the sums next to ``target``, swap them in, and only then remove ``source``."""
    if not source.exists():
        return
    staging = target.with_suffix(".sum")
    if target.exists():
        staging.write_bytes(target.read_bytes())
    total = _File(str(staging))
    try:
        for key, value, _, _ in _File.read_all_values_from_file(str(source)):
            known, _ = total.read_value(key)
            total.write_value(key, known + value, 0.0)
    finally:
        total.close()
    os.replace(staging, target)
    source.unlink()
