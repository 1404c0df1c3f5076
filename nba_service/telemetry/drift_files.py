"""Counts of the population in files that processes share.

One array for each bundle and process. Old customers count less and less: a count halves every half-life, so
that the sum is about the last days and not about the year. Knows files and decay; knows nothing of bins.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import numpy as np

from models.arrays import Floats, Ints
from models.bundle import BUNDLE_ID

_SEPARATOR: Final = "~"  # in no bundle's id
_MARK, _HALF_LIFE, _HEAD = 0, 1, 2  # when the counts were last decayed, seconds; then the counts


class DriftCounts:
    """How often each of N values lay in each bin, lately.

    Args:
        file: kept there; None: in memory.
        shape: (N, bins).
        half_life_seconds: after which a count weighs half.
    """

    def __init__(self, file: Path | None, shape: tuple[int, int], half_life_seconds: float) -> None:
        size = _HEAD + shape[0] * shape[1]
        self._all: Floats = (
            np.zeros(size) if file is None else np.memmap(file, dtype=np.float64, mode="w+", shape=(size,))
        )
        self._all[_HALF_LIFE] = half_life_seconds
        self._shape = shape
        self._counts = self._all[_HEAD:].reshape(shape)
        self._each = np.arange(shape[0])

    def add(self, places: Ints, now: float) -> None:
        """Count one customer. ``places``: shape (N,), the bin of each value. ``now``: seconds since 1970."""
        if now - float(self._all[_MARK]) > float(self._all[_HALF_LIFE]) / 1000:  # less does not matter
            self._counts *= _weight(self._all, now)
            self._all[_MARK] = now
        self._counts[self._each, places] += 1.0

    def at(self, now: float) -> Floats:
        """The counts as they weigh at ``now``; a copy."""
        return _at(self._all, self._shape, now)


def read_counts(file: Path, shape: tuple[int, int], now: float) -> Floats:
    """What another process counted, as it weighs at ``now``; nothing if its file is just being made."""
    stored = np.fromfile(file)
    return _at(stored, shape, now) if len(stored) == _HEAD + shape[0] * shape[1] else np.zeros(shape)


def drift_file(directory: Path, bundle: str, pid: int) -> Path:
    """Where a process counts for a bundle."""
    return directory / _SEPARATOR.join(("drift", bundle, f"{pid}.bin"))


def drift_files(directory: Path, bundle: str) -> list[Path]:
    """Those of all processes."""
    return sorted(directory.glob(_SEPARATOR.join(("drift", bundle, "*.bin"))))


def bundles_counted(directory: Path) -> list[str]:
    """The bundles that some process has counted for."""
    bundles = {
        path.name.split(_SEPARATOR)[1] for path in directory.glob(_SEPARATOR.join(("drift", "*", "*.bin")))
    }
    return sorted(name for name in bundles if BUNDLE_ID.fullmatch(name))


def fold_drift(directory: Path, pid: int, dead: int) -> None:
    """Add the counts of a dead process to those of all the dead, and remove its files."""
    for source in directory.glob(_SEPARATOR.join(("drift", "*", f"{pid}.bin"))):
        target = source.with_name(source.name.removesuffix(f"{pid}.bin") + f"{dead}.bin")
        own = np.fromfile(source)
        known = np.fromfile(target) if target.exists() else own[:0]
        if len(known) == len(own) > _HEAD:
            mark = max(float(own[_MARK]), float(known[_MARK]))
            counts = own[_HEAD:] * _weight(own, mark) + known[_HEAD:] * _weight(known, mark)
            own = np.concatenate([[mark, own[_HALF_LIFE]], counts])
        staging = target.with_suffix(".sum")
        own.tofile(staging)
        os.replace(staging, target)
        source.unlink()


def _at(stored: Floats, shape: tuple[int, int], now: float) -> Floats:
    counts: Floats = stored[_HEAD:].reshape(shape) * _weight(stored, now)
    return counts


def _weight(stored: Floats, now: float) -> float:
    """What a count made at the last mark weighs at ``now``."""
    elapsed = max(now - float(stored[_MARK]), 0.0)
    return float(0.5 ** (elapsed / max(float(stored[_HALF_LIFE]), 1.0)))
