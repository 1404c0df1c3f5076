"""How many places glibc keeps for memory that threads have given back.

Without a limit each of a worker's dozen threads gets its own, with memory that only that thread uses again.
"""

from __future__ import annotations

import ctypes
import os
from typing import Final

MOST: Final = 2
_ARENA_MAX: Final = -8  # M_ARENA_MAX of malloc.h


def limit_memory_arenas() -> bool:
    """Limit them to ``MOST``, and say whether that was done.

    What MALLOC_ARENA_MAX says stays; other C libraries have no such limit.
    """
    if "MALLOC_ARENA_MAX" in os.environ:
        return False
    limit = getattr(ctypes.CDLL(None), "mallopt", None)
    return limit is not None and limit(_ARENA_MAX, MOST) == 1
