"""Who waits for a thread and for how long, and who is refused."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from nba_service.server.admission import AdmissionQueue, Patience, is_probe
from nba_service.server.request_buffer import RequestBuffer


@dataclass(eq=False)
class Request:
    whole_at: float
    patience: float = 0.1


def head(line: str, *headers: str) -> RequestBuffer:
    buffer = RequestBuffer(1_000)
    buffer.feed("\r\n".join([f"{line} HTTP/1.1", "Host: x", *headers, "", ""]).encode())
    return buffer


def test_the_oldest_is_answered_first() -> None:
    queue: AdmissionQueue[Request] = AdmissionQueue(3)
    first, second = Request(10.00), Request(10.01)

    assert [*queue.add(first, 10.0), *queue.add(second, 10.01)] == []
    assert queue.next(10.05) == (first, [])


def test_who_waited_longer_than_their_patience_is_refused_and_the_next_is_answered() -> None:
    """0.1 s of patience: at 10.11 the first has waited 0.11 s, the second 0.06 s."""
    queue: AdmissionQueue[Request] = AdmissionQueue(3)
    late, in_time = Request(10.00), Request(10.05)
    for request in (late, in_time):
        list(queue.add(request, request.whole_at))

    assert queue.next(10.11) == (in_time, [late])
    assert queue.next(10.11) == (None, [])


def test_a_full_queue_refuses_those_who_are_late_and_else_the_newcomer() -> None:
    queue: AdmissionQueue[Request] = AdmissionQueue(2)
    first, second, third, fourth = (Request(10 + at) for at in (0, 0.01, 0.02, 0.105))
    for request in (first, second):
        list(queue.add(request, request.whole_at))

    assert list(queue.add(third, 10.02)) == [third]
    assert list(queue.add(fourth, 10.105)) == [first]
    assert len(queue) == 2


@pytest.mark.parametrize(
    ("buffer", "seconds"),
    [
        (head("POST /v1/decisions"), 0.1),
        (head("POST /v1/slots"), 0.1),
        (head("POST /v1/decisions/batch"), 0.5),
        (head("POST /v1/interactions"), 0.5),
        (head("GET /v1/email/top"), 0.5),
        (head("POST /v1/decisions", "X-Deadline-Ms: 50"), 0.025),
        (head("POST /v1/decisions", "X-Deadline-Ms: 5000"), 0.1),
        (head("POST /v1/decisions", "X-Deadline-Ms: soon"), 0.1),
        (head("POST /v1/decisions", "X-When-Busy: answer"), 15.0),
    ],
)
def test_half_of_the_deadline_may_be_spent_waiting(buffer: RequestBuffer, seconds: float) -> None:
    """Deadlines of 0.2 s in pages and 1 s elsewhere; a caller may ask for less, or for any answer."""
    assert Patience(0.2, 1.0, 15.0).of(buffer) == pytest.approx(seconds)


@pytest.mark.parametrize("line", ["GET /healthz", "HEAD /healthz", "GET /readyz?full=1", "GET /metrics"])
def test_health_and_metrics_do_not_wait_in_the_queue(line: str) -> None:
    assert is_probe(head(line))


@pytest.mark.parametrize("line", ["GET /healthzz", "POST /healthz", "GET /v1/bundles", "GET /x/healthz"])
def test_nothing_else_passes_by_the_queue(line: str) -> None:
    assert not is_probe(head(line))
