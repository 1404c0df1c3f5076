"""Calendar months in UTC and their bounds in milliseconds.

Months are counted from January 1970. Any 64-bit time lies in one: times come from callers and are sometimes
wrong by thousands of years.
"""

from __future__ import annotations

import numpy as np


def month_of(at: int) -> int:
    """The month of a time (ms since 1970 UTC).

    Example:
        >>> month_of(0), month_of(-1), name_of(month_of(1_795_000_000_000))
        (0, -1, '2026_11')
    """
    return int(np.datetime64(at, "ms").astype("datetime64[M]").astype(np.int64))


def start_of(month: int) -> int:
    """When a month begins, in ms since 1970 UTC."""
    return int(np.datetime64(month, "M").astype("datetime64[ms]").astype(np.int64))


def name_of(month: int) -> str:
    """Its name as part of a table's: ``2026_11``."""
    return str(np.datetime64(month, "M")).replace("-", "_")
