"""Answers that the server gives by itself, before any work.

What it refuses, and why. The same shape as the application's problems; made once, since they are given when
there is no time.
"""

from __future__ import annotations

from functools import cache
from typing import Final
from uuid import uuid4

from gunicorn.http import errors

from nba_service.errors import KINDS, PROBLEM_TYPE, Problem
from nba_service.http.json_body import dump_json

RETRY_AFTER_SECONDS: Final = 1
_UNREADABLE: Final = {
    errors.InvalidRequestLine: "a request line",
    errors.InvalidRequestMethod: "a method",
    errors.InvalidHTTPVersion: "a version",
    errors.InvalidHeader: "a header",
    errors.InvalidHeaderName: "the name of a header",
    errors.ObsoleteFolding: "a header on several lines",
}
_REFUSED: Final = {
    errors.LimitRequestLine: (
        "ADDRESS_TOO_LONG",
        "Expected a request line of at most 4094 bytes, got a longer one. Send what is long as a body.",
    ),
    errors.LimitRequestHeaders: (
        "HEADERS_TOO_LARGE",
        "Expected at most 50 headers of at most 8190 bytes each, got more or longer ones. Leave some out.",
    ),
    errors.ExpectationFailed: (
        "EXPECTATION_UNKNOWN",
        "Expected the header Expect to be 100-continue, got something else. Leave it out.",
    ),
    errors.UnsupportedTransferCoding: (
        "TRANSFER_CODING",
        "Expected Transfer-Encoding: chunked, or none and a Content-Length, got another coding.",
    ),
}
"""What gunicorn refuses with a status of its own, by its error."""
_HEADERS: Final = {
    name.upper(): name for name in ("Content-Length", "Transfer-Encoding", "Host", "Expect", "Connection")
}
_ID: Final = "0" * 32


def refusal(code: str, detail: str) -> bytes:
    """A whole HTTP answer with this problem, after which the connection is closed."""
    before, after = _around_id(code, detail)
    return before + uuid4().hex.encode() + after


@cache
def _around_id(code: str, detail: str) -> tuple[bytes, bytes]:
    """The answer before and after the id of the request."""
    problem = Problem(code, detail)
    body = dump_json(problem.to_json(f"urn:nba:request:{_ID}"))
    head = [
        f"HTTP/1.1 {problem.status} {_REASONS[problem.status]}",
        f"Content-Type: {PROBLEM_TYPE}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        *([f"Retry-After: {RETRY_AFTER_SECONDS}"] if KINDS[code].status == 503 else []),
    ]
    before, _, after = ("\r\n".join(head).encode() + b"\r\n\r\n" + body).partition(_ID.encode())
    return before, after


_REASONS: Final = {
    400: "Bad Request",
    408: "Request Timeout",
    413: "Content Too Large",
    414: "URI Too Long",
    417: "Expectation Failed",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    503: "Service Unavailable",
}


def overloaded() -> bytes:
    """For a request that would wait too long for a thread."""
    return refusal(
        "OVERLOADED",
        "More requests come than can be answered in time, so this one was not begun. Send it again after"
        " Retry-After; a header X-When-Busy: answer asks for the playbook's answer instead.",
    )


def too_slow(seconds: float, part: str) -> bytes:
    """For a client that did not send its request in time."""
    return refusal(
        "REQUEST_TIMEOUT",
        f"Expected the request's {part} within {seconds:g} s, got a part of it. Send it again as a whole.",
    )


def too_large(most: int) -> bytes:
    """For a body in chunks that are more than a body may have."""
    return refusal(
        "BODY_TOO_LARGE",
        f"Expected a body of at most {most} bytes, got chunks of more. Send several requests.",
    )


def unreadable_head(error: Exception) -> bytes | None:
    """For a request whose head gunicorn refuses; None: for another error. Repeats nothing of it."""
    if type(error) in _REFUSED:
        return refusal(*_REFUSED[type(error)])
    part = _UNREADABLE.get(type(error))
    if part is None:
        return None
    name = str(getattr(error, "hdr", "")).upper()
    part = f"a {_HEADERS[name]}" if name in _HEADERS else part
    return refusal(
        "BAD_REQUEST",
        f"Expected a request of HTTP/1.1 as RFC 9112 describes it, got {part} that cannot be read.",
    )


def malformed_chunks() -> bytes:
    """For a body whose chunks cannot be read."""
    return refusal(
        "BAD_REQUEST",
        "Expected a chunked body as RFC 9112, section 7.1, describes it, got chunks that cannot be read.",
    )
