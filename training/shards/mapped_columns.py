"""Columns of all rows in files that are mapped into memory.

The system keeps of them what is looked at and what there is room for. Knows arrays and files; knows nothing
of what they mean.
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from models.arrays import Ints


class MappedColumns:
    """Filled bucket by bucket, then read.

    Args:
        folder: holds a file a column.
        n: rows.
    """

    def __init__(self, folder: Path, n: int) -> None:
        self._folder = folder
        self._n = n
        self._files: dict[str, Any] = {}
        self._maps: list[mmap.mmap] = []

    def put(self, place: Ints, arrays: Mapping[str, Any]) -> None:
        """Rows of one bucket, at their places."""
        for name, array in arrays.items():
            if name not in self._files:
                self._files[name] = self._new(name, (self._n, *array.shape[1:]), array.dtype)
            self._files[name][place] = array

    def columns(self) -> dict[str, Any]:
        """Mapped anew, read only, so that of what was written nothing stays; ``put`` nothing afterwards."""
        files, self._files = self._files, {}
        written = [name for name, array in files.items() if isinstance(array, np.memmap)]
        for name in written:
            files[name].flush()
            mapped = np.load(self._path(name), mmap_mode="r")
            self._maps.append(mapped._mmap)
            files[name] = np.asarray(mapped)
        return files

    def release(self) -> None:
        """Give back the memory of what was looked at; it is read from the files again when it is needed."""
        for each in self._maps:
            if hasattr(mmap, "MADV_DONTNEED"):
                each.madvise(mmap.MADV_DONTNEED)

    def _new(self, name: str, shape: tuple[int, ...], dtype: Any) -> Any:
        """An array in a file; in memory where it is empty, which no file can be."""
        if 0 in shape:
            return np.empty(shape, dtype=dtype)
        return np.lib.format.open_memmap(self._path(name), mode="w+", dtype=dtype, shape=shape)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.npy"
