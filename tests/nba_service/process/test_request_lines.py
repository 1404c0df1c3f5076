"""Lines of requests: at once, or several in one write; all of them, whole, and in order."""

from __future__ import annotations

import json

import pytest

from nba_service.process.logs import current_request
from nba_service.process.request_lines import RequestLines
from tests.waiting import wait_until


def logged(capfd: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


def test_a_line_is_written_at_once_and_names_its_request(capfd: pytest.CaptureFixture[str]) -> None:
    token = current_request.set("r-1")
    RequestLines("info").put({"status": 200})
    current_request.reset(token)

    [line] = logged(capfd)
    assert list(line) == ["status", "event", "request", "level", "timestamp"]
    assert (line["event"], line["request"], line["level"]) == ("request", "r-1", "info")


def test_a_log_of_warnings_has_none(capfd: pytest.CaptureFixture[str]) -> None:
    lines = RequestLines("warning")
    lines.start()
    lines.put({"status": 200})
    lines.stop()

    assert logged(capfd) == []


def test_a_started_log_loses_none_and_keeps_their_order(capfd: pytest.CaptureFixture[str]) -> None:
    lines = RequestLines("info")
    lines.start()
    for number in range(200):  # several writes of 4,096 bytes
        lines.put({"status": number})
    lines.stop()
    lines.put({"status": 200})

    assert [line["status"] for line in logged(capfd)] == list(range(201))


def test_a_started_log_writes_by_itself(capfd: pytest.CaptureFixture[str]) -> None:
    lines = RequestLines("info")
    lines.start()
    lines.put({"status": 200})

    wait_until(lambda: bool(logged(capfd)), failure=lambda: "nothing was written")
    lines.stop()


def test_a_log_for_people_has_them_as_text(capfd: pytest.CaptureFixture[str]) -> None:
    RequestLines("info", "text").put({"status": 200, "route": "/v1/decisions"})

    line = capfd.readouterr().err
    assert line.startswith("timestamp=")
    assert line.endswith("level=info event=request status=200 route=/v1/decisions\n")
