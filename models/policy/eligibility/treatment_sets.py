"""Sets of treatments as whole numbers: bit t stands for treatment t.

Barriers combine dozens of sets a request; for a few dozen treatments a Python integer does that in a tenth
of the time of an array, and it does not care how many treatments there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

import numpy as np

from models.arrays import Ints, Mask

NOTHING: Final = 1
"""The set of treatment 0 alone: doing nothing."""


def treatment_set(mask: Mask) -> int:
    """The set of a mask, shape (T,).

    Example:
        >>> treatment_set(np.array([True, False, True]))
        5
    """
    return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little")


def to_mask(bits: int, size: int) -> Mask:
    """The mask of a set, shape (size,).

    Example:
        >>> to_mask(5, 3)
        array([ True, False,  True])
    """
    packed = np.frombuffer(bits.to_bytes((size + 7) // 8, "little"), dtype=np.uint8)
    return np.unpackbits(packed, count=size, bitorder="little").view(np.bool_)


@lru_cache(maxsize=256)
def codes_of(bits: int, size: int) -> Ints:
    """The treatments of a set, ascending, shape (k,); not to be written to: callers share it.

    Example:
        >>> codes_of(5, 3)
        array([0, 2])
    """
    codes = to_mask(bits, size).nonzero()[0]
    codes.flags.writeable = False
    return codes


def union(sets: Iterable[int]) -> int:
    """What is in any of ``sets``."""
    bits = 0
    for treatments in sets:
        bits |= treatments
    return bits


def members(bits: int) -> Iterator[int]:
    """The treatments of a set, ascending.

    Example:
        >>> list(members(5))
        [0, 2]
    """
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
