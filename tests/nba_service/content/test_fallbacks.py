"""How often texts fell back: counted for metrics, and logged without a flood."""

from __future__ import annotations

import threading

from structlog.testing import capture_logs

from nba_service.content.fallbacks import ContentFallbacks

KEY = ("teaser", "web", "TOO_LONG")


def test_texts_are_counted_by_action_channel_and_reason() -> None:
    counted = ContentFallbacks()

    counted.add([KEY])
    counted.add([("offer", "email", "EMPTY"), KEY])
    counted.add([])

    assert counted.counts() == {KEY: 2, ("offer", "email", "EMPTY"): 1}


def test_the_log_has_the_first_the_tenth_and_the_hundredth() -> None:
    counted = ContentFallbacks()

    with capture_logs() as logs:
        for _ in range(120):
            counted.add([KEY])

    assert [entry["count"] for entry in logs] == [1, 10, 100]
    assert {(entry["event"], entry["action"], entry["reason"]) for entry in logs} == {
        ("content_fell_back", "teaser", "TOO_LONG")
    }


def test_counts_that_were_read_stay_as_they_were() -> None:
    counted = ContentFallbacks()
    counted.add([KEY])
    read = counted.counts()

    counted.add([KEY])

    assert read == {KEY: 1}


def test_threads_lose_no_count() -> None:
    counted = ContentFallbacks()
    threads = [threading.Thread(target=lambda: [counted.add([KEY]) for _ in range(500)]) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counted.counts() == {KEY: 2_000}
