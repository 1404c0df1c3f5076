"""How often Python looks for garbage that refers to itself."""

from __future__ import annotations

import gc
from typing import Final

_YOUNG: Final = 20_000
"""New objects after which it looks: a batch keeps thousands alive, which each look would find again."""


def settle() -> None:
    """Keep what is there out of every later look, and have these come seldom; what is shared stays shared."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
