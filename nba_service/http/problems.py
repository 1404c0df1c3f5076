"""Every failure of a request becomes one problem+json answer.

Nothing else leaves the service. Knows which exception is which problem; knows nothing of routes. Unexpected
failures are logged with the request's id, which the answer carries too, and say nothing about themselves to
the caller.
"""

from __future__ import annotations

from typing import Final

import flask
import structlog
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from models.errors import NBAError
from nba_service.errors import KINDS, PROBLEM_TYPE, Problem
from nba_service.http.current import current
from nba_service.http.json_body import dump_json
from nba_service.settings import Settings

RETRY_SECONDS: Final = "2"
"""When to ask again for what is not available."""

log = structlog.get_logger(__name__)

_OF_STATUS: Final = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 415: "CONTENT_TYPE"}


def handle_problem(problem: Problem) -> flask.Response:
    body = dump_json(problem.to_json(f"urn:nba:request:{flask.g.request_id}"))
    answer = flask.Response(body, status=problem.status, content_type=PROBLEM_TYPE)
    answer.headers.update(problem.headers)
    return answer


def handle_core_error(error: NBAError) -> flask.Response:
    """Errors of the core and the store, by their code; those that are nobody's fault but ours are 500."""
    if isinstance(error, Problem):
        return handle_problem(error)
    if error.code not in KINDS:
        return handle_unexpected(error)
    if KINDS[error.code].status >= 500:
        log.error("request_failed", code=error.code, detail=str(error))
    again = {"Retry-After": RETRY_SECONDS} if KINDS[error.code].status == 503 else {}
    return handle_problem(Problem(error.code, str(error), headers=again))


def handle_http_exception(error: HTTPException) -> flask.Response | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    if isinstance(error, RequestEntityTooLarge):
        return handle_problem(_too_large())
    kind = _OF_STATUS.get(status, "BAD_REQUEST" if status < 500 else "INTERNAL")
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return handle_problem(Problem(kind, _detail(kind), headers=headers))


def handle_unexpected(error: Exception) -> flask.Response:
    log.exception("request_failed", error=type(error).__name__, exc_info=error)
    return handle_problem(Problem("INTERNAL", _detail("INTERNAL")))


def _too_large() -> Problem:
    limit = current(Settings).max_body_bytes
    return Problem(
        "BODY_TOO_LARGE",
        f"Expected a body of at most {limit} bytes, got more. Send several requests,"
        " or have NBA_MAX_BODY_BYTES raised.",
    )


def _detail(kind: str) -> str:
    request = flask.request
    if kind == "NOT_FOUND":
        return "Expected an address of this API. All of them: /docs."
    if kind == "METHOD_NOT_ALLOWED":
        return f"Expected one of the methods in the Allow header, got {request.method}. See /docs."
    if kind == "INTERNAL":
        return f"The request could not be handled. Report it with the id {flask.g.request_id}."
    return "Expected a well-formed HTTP request, got one that cannot be read. See /docs."
