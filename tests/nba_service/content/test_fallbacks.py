"""How often texts fell back: counted for metrics, and logged without a flood."""

from __future__ import annotations

import threading
from typing import Any

from structlog.testing import capture_logs

from nba_service.content.fallbacks import ContentFallbacks

KEY = ("teaser", "web", "TOO_LONG")


def shown(action: str, channel: str | None, fallback: str) -> dict[str, Any]:
    return {"action": action, "channel": channel, "content": {"title": "T", "fallback": fallback}}


def test_only_texts_that_fell_back_are_counted() -> None:
    counted = ContentFallbacks()

    counted.add([shown("teaser", "web", ""), shown("teaser", "web", "TOO_LONG")])
    counted.add([shown("offer", "email", "EMPTY"), shown("teaser", "web", "TOO_LONG")])

    assert counted.counts() == {KEY: 2, ("offer", "email", "EMPTY"): 1}


def test_doing_nothing_has_no_text_to_fall_back() -> None:
    counted = ContentFallbacks()

    counted.add([{"action": "nothing", "channel": None, "content": None}])

    assert counted.counts() == {}


def test_a_text_without_a_channel_is_counted_under_an_empty_name() -> None:
    counted = ContentFallbacks()

    counted.add([shown("teaser", None, "EMPTY")])

    assert counted.counts() == {("teaser", "", "EMPTY"): 1}


def test_the_log_has_the_first_the_tenth_and_the_hundredth() -> None:
    counted = ContentFallbacks()

    with capture_logs() as logs:
        for _ in range(120):
            counted.add([shown(*KEY)])

    assert [entry["count"] for entry in logs] == [1, 10, 100]
    assert {(entry["event"], entry["action"], entry["reason"]) for entry in logs} == {
        ("content_fell_back", "teaser", "TOO_LONG")
    }


def test_counts_that_were_read_stay_as_they_were() -> None:
    counted = ContentFallbacks()
    counted.add([shown(*KEY)])
    read = counted.counts()

    counted.add([shown(*KEY)])

    assert read == {KEY: 1}


def test_threads_lose_no_count() -> None:
    counted = ContentFallbacks()
    threads = [
        threading.Thread(target=lambda: [counted.add([shown(*KEY)]) for _ in range(500)]) for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counted.counts() == {KEY: 2_000}
