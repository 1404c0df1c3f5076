"""gunicorn's own messages are lines of our log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from nba_service.server.gunicorn_logs import JsonLogger


@pytest.fixture
def logger() -> Iterator[JsonLogger]:
    made = JsonLogger(Config())
    yield made
    for log in (made.error_log, made.access_log):
        for handler in streams(log):
            log.removeHandler(handler)


def streams(log: logging.Logger) -> list[logging.StreamHandler[io.StringIO]]:
    """What writes its lines; pytest may listen, too."""
    return [handler for handler in log.handlers if type(handler) is logging.StreamHandler]


def test_a_message_is_one_line_of_json(logger: JsonLogger) -> None:
    (handler,) = streams(logger.error_log)
    stream = io.StringIO()
    handler.setStream(stream)

    logger.info("Booting worker with pid: %s", 11)

    told = json.loads(stream.getvalue())
    assert (told["event"], told["level"]) == ("Booting worker with pid: 11", "info")
    assert told["logger"] == "gunicorn.error"


def test_setting_it_up_again_writes_nothing_twice(logger: JsonLogger) -> None:
    logger.setup(Config())

    assert [len(streams(log)) for log in (logger.error_log, logger.access_log)] == [1, 1]
