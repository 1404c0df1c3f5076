"""Types of arrays, by what they hold.

`Any…` takes every width: a file of training may hold int8 where a request holds int64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
AnyFloats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
AnyInts = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]
Records = NDArray[Any]
"""Rows of named fields (a structured dtype)."""
