"""How long the current request has waited is known to the thread that answers it, and to no other."""

from __future__ import annotations

import threading
import time

import pytest

from nba_service.process.arrival import note_arrival, waited_seconds


def test_without_a_server_nothing_has_waited() -> None:
    assert waited_seconds() == 0.0


def test_time_in_the_queue_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 100.25)
    elsewhere: list[float] = []
    try:
        note_arrival(100.0)
        other = threading.Thread(target=lambda: elsewhere.append(waited_seconds()))
        other.start()
        other.join()
        assert waited_seconds() == 0.25
    finally:
        note_arrival(None)

    assert elsewhere == [0.0]
