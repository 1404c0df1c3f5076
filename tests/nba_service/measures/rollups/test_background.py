"""The command is started when it is due, once per host, and not if another host was faster."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from nba_service.measures.rollups.background import BackgroundRollup

LONG = (sys.executable, "-c", "import time; time.sleep(60)")
SHORT = (sys.executable, "-c", "")


def background(
    folder: Path, command: Sequence[str], minutes: int = 10, last: int | None = None
) -> BackgroundRollup:
    return BackgroundRollup(
        folder / "new", minutes, rolled_up_at=lambda: last, command=command, first_seconds=0.0
    )


def test_one_of_a_host_starts_it_and_stops_it(tmp_path: Path) -> None:
    one, other = background(tmp_path, LONG), background(tmp_path, LONG)
    one.look()
    other.look()
    assert (one.running, other.running) == (True, False)
    one.look()
    assert one.running

    one.stop()

    assert not one.running
    third = background(tmp_path, LONG)
    third.look()
    assert third.running
    third.stop()


def test_a_command_that_ended_is_seen(tmp_path: Path) -> None:
    one = background(tmp_path, SHORT)
    one.look()
    until = time.monotonic() + 30
    while one.running and time.monotonic() < until:
        one.look()

    assert not one.running


def test_not_if_it_is_off_or_another_host_just_did(tmp_path: Path) -> None:
    off = background(tmp_path, LONG, minutes=0)
    recent = background(tmp_path, LONG, last=round(time.time() * 1000))
    off.look()
    recent.look()

    assert (off.running, recent.running) == (False, False)
