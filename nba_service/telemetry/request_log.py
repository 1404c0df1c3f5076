"""One log line, one observation and one span a request.

A line has the method, the template of the route (never the address, which holds ids), status, milliseconds
and the ids of the decisions that were made. Everything that is logged while the request runs carries its id.
"""

from __future__ import annotations

import time
from typing import Final

import flask

from nba_service.http.application import the_globals, the_request
from nba_service.process.logs import current_request
from nba_service.process.request_lines import RequestLines
from nba_service.telemetry.customer_ref import MOST_IDS
from nba_service.telemetry.telemetry import Telemetry, decided_ids
from nba_service.telemetry.tracing import NoTracing

QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Routes that machines ask every few seconds; logged only when they fail."""


class RequestLog:
    """Hooks of the application, and what they are made of."""

    def __init__(self, telemetry: Telemetry, lines: RequestLines) -> None:
        self._telemetry = telemetry
        self._lines = lines
        self.traced = not isinstance(telemetry.tracing, NoTracing)
        """Whether requests have spans."""

    def watch(self, app: flask.Flask) -> None:
        """Register before any other hook, so that refusals are seen too."""
        app.before_request(self.begin)
        app.after_request(self.end)
        app.teardown_request(self.leave)

    def begin(self) -> None:
        """Start the clock and the span."""
        context, request = the_globals(), the_request()
        context.begun = time.perf_counter()
        self.name(context.request_id)
        route = request.url_rule.rule if request.url_rule else "(none)"
        context.span = self._telemetry.tracing.request(f"{request.method} {route}", request.headers)
        context.in_span = context.span.__enter__()

    def end(self, answer: flask.Response) -> flask.Response:
        """Count and log."""
        context, request = the_globals(), the_request()
        begun = context.get("begun")
        if begun is None:
            return answer
        route = request.url_rule.rule if request.url_rule else None
        self.note(request.method, route, answer.status_code, time.perf_counter() - begun)
        if context.in_span is not None:
            context.in_span.set_attribute("http.response.status_code", answer.status_code)
        return answer

    def leave(self, error: BaseException | None) -> None:
        """Leave nothing behind for the thread's next request."""
        span = flask.g.pop("span", None)
        if span is not None:
            span.__exit__(None, None, None)
        self.forget()

    def name(self, request_id: str) -> None:
        """Say which request this thread answers from now on."""
        decided_ids.set([])
        current_request.set(request_id)

    def note(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count the request that this thread has answered, and log it."""
        self._telemetry.metrics.request(method, route, status, seconds)
        if route not in QUIET or status >= 500:
            self._lines.put(_line(method, route, status, seconds))

    def forget(self) -> None:
        """The thread answers no request any more."""
        decided_ids.set(None)
        current_request.set(None)


def _line(method: str, route: str | None, status: int, seconds: float) -> dict[str, object]:
    line: dict[str, object] = {
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 2),
    }
    ids = decided_ids.get()
    if ids:
        line["decisions"] = ids[:MOST_IDS]
        if len(ids) > MOST_IDS:
            line["decisions_in_all"] = len(ids)
    return line
