"""The present moment and new ids."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from nba_service.clock import make_id, system_clock, system_ms


def test_the_clock_says_the_present_moment_in_utc() -> None:
    before, found, after = datetime.now(UTC), system_clock(), datetime.now(UTC)

    assert before <= found <= after
    assert found.utcoffset() == timedelta(0)
    assert abs(system_ms() / 1000 - after.timestamp()) < 60


def test_ids_are_32_hexadecimal_digits_and_never_the_same() -> None:
    made = {make_id() for _ in range(100)}

    assert len(made) == 100
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in made)
