"""A clock that stands until a test sets it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)


class SetClock:
    """Says ``now``, at first noon of a Friday."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now
