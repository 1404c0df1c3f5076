"""What the server refuses by itself reads like every other problem."""

from __future__ import annotations

import http.client
import io
import json

import pytest

from nba_service.server.refusals import malformed_chunks, overloaded, too_slow


class Answer:
    def __init__(self, sent: bytes) -> None:
        self._sent = sent

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self._sent)


def read(sent: bytes) -> tuple[http.client.HTTPResponse, dict[str, object]]:
    response = http.client.HTTPResponse(Answer(sent))  # type: ignore[arg-type]  # reads it as from a socket
    response.begin()
    return response, json.loads(response.read())


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (overloaded(), 503, "OVERLOADED"),
        (too_slow(5.0, "head"), 408, "REQUEST_TIMEOUT"),
        (malformed_chunks(), 400, "BAD_REQUEST"),
    ],
)
def test_a_refusal_is_a_whole_answer_with_a_stable_code(sent: bytes, status: int, code: str) -> None:
    response, body = read(sent)

    assert (response.status, body["status"], body["code"]) == (status, status, code)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Connection"] == "close"


def test_who_came_at_a_busy_time_is_told_when_to_come_again() -> None:
    response, body = read(overloaded())

    assert response.headers["Retry-After"] == "1"
    assert "X-When-Busy" in str(body["detail"])


def test_a_slow_client_is_told_what_was_expected() -> None:
    assert "head within 5 s" in str(read(too_slow(5.0, "head"))[1]["detail"])
