"""Finds each tree's leaf without walking the trees.

The leaves of a tree are bits, numbered from left to right. A node whose condition is false rules out every
leaf under its left child; of the leaves that no false node rules out, the leftmost is where the row ends
(QuickScorer: Lucchese et al., SIGIR 2015). So the order in which nodes are looked at does not matter, and a
customer's features can be settled once for all candidates. Two forms of the same masks:

- ``node_masks.py`` looks at every node of numeric features: little memory, best for a customer's many
  features;
- ``interval_masks.py`` holds, per interval between a feature's thresholds, the mask of every tree at once:
  one row to copy per feature, best for the few features of a candidate and for categories.

Here is what both share. Float32 and float64 rows both compare exactly.

Terms: docs/glossary.md. Why and how fast: docs/adr/0003-mask-tables.md.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Floats32
from models.learned.trees.lightgbm_text import Forest

Masks = NDArray[np.unsignedinteger[Any]]

CHUNK_CELLS: Final = 1 << 17
"""Cells worked on at a time, so that intermediate arrays stay in the processor's cache."""


def mask_type(forest: Forest) -> np.dtype[np.unsignedinteger[Any]]:
    """The smallest unsigned integer with a bit for each leaf."""
    leaves = forest.leaf_value.shape[1]
    return np.dtype(next(f"u{size // 8}" for size in (8, 16, 32, 64) if leaves <= size))


def floor32(values: Floats) -> Floats32:
    """The greatest float32 up to each value: for a float32 x, ``x <= value`` is ``x <= floor32(value)``."""
    with np.errstate(over="ignore"):
        near = values.astype(np.float32)
    return np.where(near > values, np.nextafter(near, np.float32(-np.inf)), near)
