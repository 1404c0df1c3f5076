"""Columns of all rows in files that are mapped into memory.

The system keeps of them what is looked at and what there is room for. Knows arrays and files; knows nothing
of what they mean.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.arrays import Ints

_BLOCK_BYTES: Final = 64 * 2**20
"""What of all columns is put together in memory before it is written."""


class MappedColumns:
    """Filled once from all buckets, then read.

    Args:
        folder: holds a file a column.
        n: rows.
    """

    def __init__(self, folder: Path, n: int) -> None:
        self._folder = folder
        self._n = n
        self._maps: list[mmap.mmap] = []

    def fill(
        self,
        places: Sequence[Ints],
        read: Callable[[int, Ints | slice], Mapping[str, Any]],
        block_bytes: int = _BLOCK_BYTES,
    ) -> dict[str, Any]:
        """The rows of all buckets at their places, as columns that are mapped read only.

        Rows are put together block by block and each block is written once, in order. Were each bucket
        written when it comes, each would touch every page of the files.

        Args:
            places: per bucket shape (its rows,): where they stand; together each place below ``n`` once.
            read: columns of some rows of a bucket, by the bucket's number; called several times for each.
        """
        kinds = {name: np.asarray(array) for name, array in read(0, slice(0, 0)).items()}
        width = sum(array.itemsize * prod(array.shape[1:]) for array in kinds.values())
        step = min(max(block_bytes // max(width, 1), 1), self._n)
        block = {name: np.empty((step, *like.shape[1:]), dtype=like.dtype) for name, like in kinds.items()}
        ascending = [_ascending(place) for place in places]
        with ExitStack() as stack:
            files = {name: stack.enter_context(self._new(name, array)) for name, array in kinds.items()}
            for begin in range(0, self._n, max(step, 1)):
                stop = min(begin + step, self._n)
                for number, (order, place) in enumerate(ascending):
                    first, last = place.searchsorted([begin, stop]).tolist()
                    if first < last:
                        rows = slice(first, last) if order is None else order[first:last]
                        for name, array in read(number, rows).items():
                            block[name][place[first:last] - begin] = array
                for name, array in block.items():
                    files[name].write(array[: stop - begin].reshape(-1).view(np.uint8))
        return {name: self._mapped(name, array) for name, array in kinds.items()}

    def release(self) -> None:
        """Give back the memory of what was looked at; it is read from the files again when it is needed."""
        for each in self._maps:
            if hasattr(mmap, "MADV_DONTNEED"):
                each.madvise(mmap.MADV_DONTNEED)

    def _new(self, name: str, like: Any) -> Any:
        """The file of a column with its head, open for what follows."""
        file = self._path(name).open("wb")
        descr = np.lib.format.dtype_to_descr(like.dtype)
        head = {"descr": descr, "fortran_order": False, "shape": (self._n, *like.shape[1:])}
        np.lib.format.write_array_header_1_0(file, head)
        return file

    def _mapped(self, name: str, like: Any) -> Any:
        """What the file holds; in memory where it is empty, which nothing can map."""
        shape = (self._n, *like.shape[1:])
        if 0 in shape:
            return np.empty(shape, dtype=like.dtype)
        mapped = np.load(self._path(name), mmap_mode="r")
        self._maps.append(mapped._mmap)
        return np.asarray(mapped)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.npy"


def _ascending(place: Ints) -> tuple[Ints | None, Ints]:
    """What sorts places, None if nothing has to, and the sorted ones."""
    if bool((place[1:] > place[:-1]).all()):
        return None, place
    order = np.argsort(place)
    return order, place[order]
