"""Logs are one JSON object a line, hold no values of variables, and never fail their caller."""

from __future__ import annotations

import io
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
import structlog

from nba_service.process.logs import StandardError, configure_logs, standard_handler


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(autouse=True)
def usual() -> Any:
    """Other tests find structlog as they left it."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_an_event_is_one_line_of_json_with_its_level_and_time(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")

    structlog.get_logger("x").info("started", workers=2)

    (event,) = lines(capfd.readouterr().err)
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "started", "level": "info", "workers": 2}


def test_text_is_one_line_of_words_that_starts_with_time_level_and_event(
    capfd: pytest.CaptureFixture[str],
) -> None:
    configure_logs("info", "text")

    structlog.get_logger("x").info("started", workers=2, place="two\nlines \ud800")

    (line,) = capfd.readouterr().err.splitlines()
    assert re.fullmatch(
        r'timestamp=\S+Z level=info event=started workers=2 place="two\\nlines \\ud800"', line
    ), line


def test_gunicorns_own_messages_are_text_too() -> None:
    stream = io.StringIO()
    handler = standard_handler("text")
    handler.setStream(stream)  # type: ignore[attr-defined]

    handler.handle(logging.LogRecord("gunicorn.error", logging.INFO, "", 1, "Listening", None, None))

    assert "level=info event=Listening logger=gunicorn.error" in stream.getvalue()


def test_what_is_below_the_level_is_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("WARNING")

    structlog.get_logger("x").info("no")
    structlog.get_logger("x").warning("yes")

    assert [event["event"] for event in lines(capfd.readouterr().err)] == ["yes"]


def test_a_traceback_names_lines_and_no_values(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    customer_id = "ada-lovelace"
    try:
        {}[len(customer_id)]
    except KeyError:
        structlog.get_logger("x").exception("failed")

    text = capfd.readouterr().err
    (event,) = lines(text)
    assert event["exception"][0]["exc_type"] == "KeyError"
    assert event["exception"][0]["frames"][0]["name"].startswith("test_a_traceback")
    assert "ada-lovelace" not in text


def record(message: str) -> logging.LogRecord:
    return logging.LogRecord("gunicorn.error", logging.WARNING, "file.py", 1, message, (), None)


def test_records_of_the_standard_library_look_like_ours() -> None:
    (event,) = lines(standard_handler().format(record("worker is old")))

    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "worker is old", "level": "warning", "logger": "gunicorn.error"}


def test_an_address_in_a_message_of_gunicorn_is_not_logged() -> None:
    (event,) = lines(standard_handler().format(record("Error handling request /v1/customers/ada")))

    assert event["event"] == "Error handling request (the address is not logged)"


@pytest.mark.parametrize("closed", [False, True])
def test_a_line_that_cannot_be_written_is_no_error(monkeypatch: pytest.MonkeyPatch, closed: bool) -> None:
    with io.TextIOWrapper(Path("/dev/full").open("wb", buffering=0)) as full:
        if closed:
            full.close()
        monkeypatch.setattr("sys.stderr", full)
        StandardError().msg(b"x")
        monkeypatch.undo()
