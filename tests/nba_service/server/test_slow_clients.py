"""Clients over real sockets that are slow, silent, malformed or many, against a real gunicorn."""

from __future__ import annotations

import http.client
import json
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

APPLICATION = """
import time
from nba_service.server.worker import Worker
from nba_service.settings import Settings

class Hasty(Worker):
    def init_process(self):
        self.configure(Settings(head_seconds=0.5, body_seconds=1.0), lambda reason: None)
        super().init_process()

def app(environ, start_response):
    body = b"" if environ["PATH_INFO"] == "/unread" else environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)  # a view that takes its time, which clients have to wait for
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body) + 1))])
    return [body + b"!"]
"""
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """One worker with one thread, half a second for a head and one for a body."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "echo.py").write_text(APPLICATION)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "echo:app", "--chdir", str(folder), "--no-control-socket"]
    command += ["-b", f"127.0.0.1:{number}", "--threads", "1", "-k", "echo.Hasty"]
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))  # noqa: E731 - 32 connections
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, preexec_fn=few) as server:
        try:
            end = time.monotonic() + 60
            while not answers(number):
                assert time.monotonic() < end
            yield number
        finally:
            server.terminate()


def answers(port: int, path: str = "/healthz", seconds: float = 5.0) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def opened(port: int, *sent: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    for piece in sent:
        client.sendall(piece)
    return client


def received(client: socket.socket) -> bytes:
    """All that comes until the server closes."""
    pieces = []
    while piece := client.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


def test_half_a_head_holds_no_thread_and_is_refused_in_time(port: int) -> None:
    held = [opened(port, b"GET / HTTP/1.1\r\nHost: x\r\n") for _ in range(8)]

    assert answers(port, "/")
    assert {received(client).split(b" ")[1] for client in held} == {b"408"}


def test_half_a_body_is_refused_in_time(port: int) -> None:
    client = opened(port, HEAD + b"Content-Length: 10\r\n\r\nhello")

    assert answers(port, "/")
    assert b" 408 " in received(client)


def test_a_body_in_pieces_is_read_whole(port: int) -> None:
    client = opened(port, HEAD + b"Connection: close\r\nContent-Length: 10\r\n", b"\r\nhello", b"world")

    assert received(client).endswith(b"\r\n\r\nhelloworld!")


def test_a_chunked_body_is_read_whole_and_a_malformed_one_refused(port: int) -> None:
    head = HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert received(opened(port, head, b"5\r\nhel", b"lo\r\n0\r\n\r\n")).endswith(b"hello!")
    assert b" 400 " in received(opened(port, head, b"five\r\nhello\r\n0\r\n\r\n"))


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"GET /c-1\r\n\r\n", "a request line"),
        (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", "a version"),
        (HEAD + b"Content-Length: -1\r\n\r\n", "a Content-Length"),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", "a Content-Length"),
        (HEAD + b"Host: y\r\n\r\n", "a Host"),
        (HEAD + b"A: b\0\r\n\r\n", "a header"),
        (HEAD + b"A : b\r\n\r\n", "the name of a header"),
        (HEAD + b"A: b\r\n c\r\n\r\n", "a header on several lines"),
    ],
)
def test_a_head_that_cannot_be_read_is_a_problem_that_says_which_part(
    port: int, head: bytes, said: str
) -> None:
    before, _, body = received(opened(port, head)).partition(b"\r\n\r\n")

    assert before.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in before
    assert b"Connection: close" in before
    assert f"got {said} that cannot be read" in json.loads(body)["detail"]


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (b"GET /" + b"c" * 5_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "ADDRESS_TOO_LONG"),
        (HEAD + b"Expect: miracles\r\nContent-Length: 1\r\n\r\nx", 417, "EXPECTATION_UNKNOWN"),
        (HEAD + b"".join(b"A%d: b\r\n" % n for n in range(120)) + b"\r\n", 431, "HEADERS_TOO_LARGE"),
        (HEAD + b"A: " + b"b" * 9_000 + b"\r\n\r\n", 431, "HEADERS_TOO_LARGE"),
        (HEAD + b"Transfer-Encoding: rot13\r\n\r\n0\r\n\r\n", 501, "TRANSFER_CODING"),
    ],
)
def test_what_the_parser_refuses_by_another_status_is_a_problem_too(
    port: int, head: bytes, status: int, code: str
) -> None:
    before, _, body = received(opened(port, head)).partition(b"\r\n\r\n")

    assert before.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"application/problem+json" in before
    assert (json.loads(body)["code"], b"cccc" in body) == (code, False)


def test_a_body_that_nobody_reads_leaves_the_connection_as_the_answer_said(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for size in (10, 70_000, 1_000_000, 2_000_000):
        connection.request("POST", "/unread", b"x" * size)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"!")
        too_long = size > 1_048_576
        assert answer.getheader("Connection") == ("close" if too_long else "keep-alive")
        assert (connection.sock is None) == too_long
    connection.close()


def test_requests_that_come_together_are_answered_in_turn(port: int) -> None:
    one = HEAD + b"Content-Length: 1\r\n\r\n"
    client = opened(port, one + b"a" + one + b"b", HEAD + b"Connection: close\r\nContent-Length: 1\r\n\r\nc")

    answer = received(client)

    assert [answer.count(letter) for letter in (b"a!", b"b!", b"c!")] == [1, 1, 1]
    assert answer.index(b"a!") < answer.index(b"b!") < answer.index(b"c!")


def test_a_client_that_waits_for_its_go_gets_it(port: int) -> None:
    client = opened(port, HEAD + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: 5\r\n\r\n")

    assert client.recv(65_536).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    client.sendall(b"hello")
    assert received(client).endswith(b"hello!")


def test_health_answers_while_the_only_thread_is_busy(port: int) -> None:
    busy = [opened(port, b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") for _ in range(2)]

    assert answers(port, "/healthz", seconds=1.5)
    assert all(received(client).endswith(b"!") for client in busy)


def test_more_connections_than_descriptors_do_not_end_the_service(port: int) -> None:
    """160 descriptors leave 32 connections; the longest idle make room."""
    held = [opened(port) for _ in range(100)]

    assert answers(port)
    for client in held:
        client.close()
    assert answers(port)
