"""Waiting for what another thread or process does: as short as it takes, and never without an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_FIRST_PAUSE_SECONDS = 0.001
_LONGEST_PAUSE_SECONDS = 0.05


def wait_until(
    condition: Callable[[], T | None],
    seconds: float = 60.0,
    *,
    failure: Callable[[], str] = lambda: "it did not come about",
) -> T:
    """What ``condition`` gives once that is true; asked often at first, then twenty times a second.

    Args:
        failure: what to say if it never is.

    Raises:
        AssertionError: it was not true within ``seconds``.
    """
    deadline, pause = time.monotonic() + seconds, _FIRST_PAUSE_SECONDS
    unset = threading.Event()
    while not (value := condition()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"{failure()} within {seconds:g} s")
        unset.wait(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
    return value
