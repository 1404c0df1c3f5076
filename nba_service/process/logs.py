"""Logs are one line an event on standard error.

A JSON object, or words for a terminal. They never have values of variables. A traceback names files and lines
and never the locals of a frame: those hold customers. Libraries that log by the standard library (gunicorn,
SQLAlchemy) go through the same formatter.
"""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from typing import Any, Final

import orjson
import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

_ADDRESS_LOGGED: Final = "Error handling request"
"""How gunicorn begins a message that ends with the address, which holds ids."""

current_request: Final[ContextVar[str | None]] = ContextVar("current_request", default=None)
"""The id of the request that is answered now; every line that is logged meanwhile carries it."""


class StandardError:
    """Writes lines to standard error.

    One that cannot be written must not fail a decision.
    """

    def __init__(self, *_: Any) -> None:
        return None

    def msg(self, line: bytes) -> None:
        try:
            stream = sys.stderr.buffer
            stream.write(line + b"\n")
            stream.flush()
        except (OSError, ValueError, AttributeError):
            return  # closed, a full disk, or a broken pipe: there is nowhere left to say so

    debug = info = warning = error = critical = exception = msg


def configure_logs(level: str, form: str = "json") -> None:
    """Set up structlog for this process; harmless to repeat. ``form``: ``json`` or ``text``."""
    structlog.configure(
        processors=[*_shared(), *_last(form), _encoded],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=StandardError,
        cache_logger_on_first_use=False,
    )


def standard_handler(form: str = "json") -> logging.Handler:
    """A handler that writes records of the standard library like ours."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_shared()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _without_address,
            *_last(form),
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    return handler


def _shared() -> list[Processor]:
    return [
        _with_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _last(form: str) -> list[Processor]:
    traceback = ExceptionDictTransformer(show_locals=False, max_frames=20)
    return [structlog.processors.ExceptionRenderer(traceback), _TEXT if form == "text" else _as_json]


_TEXT: Final = structlog.processors.LogfmtRenderer(
    key_order=["timestamp", "level", "event"], drop_missing=True
)


def line_of(event: EventDict, form: str) -> bytes:
    """An event as a line of the log, without its end; ``form`` as in the settings."""
    return _TEXT(None, "info", event).encode() if form == "text" else orjson.dumps(event, default=str)


def _as_json(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str).decode()


def _encoded(_logger: WrappedLogger, _name: str, line: EventDict | str) -> bytes:
    return str(line).encode("utf-8", "backslashreplace")


def _without_address(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    if str(event.get("event", "")).startswith(_ADDRESS_LOGGED):
        event["event"] = _ADDRESS_LOGGED + " (the address is not logged)"
    return event


def _with_request(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    request = current_request.get()
    if request is not None:
        event.setdefault("request", request)
    return event
