"""gunicorn's own messages as lines of our log.

Its access log stays off: it would hold addresses with ids.
"""

from __future__ import annotations

from gunicorn.glogging import Logger

from nba_service.process.logs import standard_handler


class JsonLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's logger with our formatter."""

    form = "json"

    def setup(self, cfg: object) -> None:
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            for old in list(logger.handlers):
                logger.removeHandler(old)
            logger.addHandler(standard_handler(self.form))


class TextLogger(JsonLogger):
    """The same in words for a terminal."""

    form = "text"
