"""The present moment and new ids.

What tests replace, so that a run can be repeated to the bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

Clock = Callable[[], datetime]
"""The present moment, aware, in UTC."""

IdMaker = Callable[[], str]
"""Ids of decisions and requests that the caller did not name."""


def system_clock() -> datetime:
    """The present moment by this machine's clock."""
    return datetime.now(UTC)


def make_id() -> str:
    """A new random id."""
    return uuid4().hex


def system_ms() -> int:
    """The present moment by this machine's clock, in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000
