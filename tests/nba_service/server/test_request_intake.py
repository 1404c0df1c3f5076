"""Requests are read until they are whole, and what is late, malformed or silent goes, over real sockets."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator

import pytest

from nba_service.server.connection import Connection
from nba_service.server.request_intake import RequestIntake

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


class Loop:
    """An event loop of one worker, with its intake."""

    def __init__(self) -> None:
        self.poller = selectors.DefaultSelector()
        self.whole: list[Connection] = []
        self.refused: list[str] = []
        self.open = 0
        self.clients: list[socket.socket] = []
        self.intake = RequestIntake(
            self.poller,
            head_seconds=2,
            body_seconds=5,
            whole=self.whole.append,
            closed=self.close_one,
            count=self.refused.append,
        )

    def close_one(self) -> None:
        self.open -= 1

    def connect(self, sent: bytes, at: float = 0.0) -> tuple[socket.socket, Connection]:
        client, server = socket.socketpair()
        client.settimeout(5)
        if sent:
            client.sendall(sent)
        self.clients.append(client)
        conn = Connection(None, server, "client", "server", max_body=1_000)
        self.open += 1
        self.intake.begin(conn, at)
        return client, conn

    def turn(self) -> None:
        for key, _ in self.poller.select(timeout=5):
            key.data(key.fileobj)


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    for client in loop.clients:
        client.close()
    loop.poller.close()


def test_a_request_is_handed_on_once_it_is_whole(loop: Loop) -> None:
    client, conn = loop.connect(HEAD + b"ab")
    assert loop.whole == []

    client.sendall(b"cd")
    loop.turn()

    assert loop.whole == [conn]
    assert bytes(conn.buffer.take()) == HEAD + b"abcd"
    assert loop.poller.get_map() == {}


def test_a_head_and_a_body_have_deadlines_of_their_own(loop: Loop) -> None:
    slow_head, _ = loop.connect(b"POST / HTTP")
    slow_body, _ = loop.connect(HEAD)

    loop.intake.refuse_late(1.9)
    assert loop.refused == []
    loop.intake.refuse_late(2.0)
    assert slow_head.recv(1_000).startswith(b"HTTP/1.1 408")
    loop.intake.refuse_late(5.0)
    assert slow_body.recv(1_000).startswith(b"HTTP/1.1 408")

    assert loop.refused == ["too_slow", "too_slow"]
    assert loop.open == 0


def test_a_client_that_sent_nothing_is_dropped_without_an_answer(loop: Loop) -> None:
    client, _ = loop.connect(b"")

    loop.intake.limit_silent(1.0)
    loop.intake.refuse_late(1.0)

    assert client.recv(100) == b""
    assert (loop.refused, loop.open) == ([], 0)


def test_malformed_chunks_are_refused(loop: Loop) -> None:
    client, _ = loop.connect(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n")

    assert client.recv(1_000).startswith(b"HTTP/1.1 400")
    assert loop.refused == ["malformed"]


def test_chunks_that_are_too_many_are_refused_at_once(loop: Loop) -> None:
    client, _ = loop.connect(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\nhello")

    answer = client.recv(1_000)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"at most 1000 bytes" in answer
    assert (loop.refused, loop.whole) == (["too_large"], [])


def test_the_oldest_half_request_goes_first(loop: Loop) -> None:
    first, _ = loop.connect(b"POST / HTTP")
    loop.connect(b"POST / HTTP")

    assert loop.intake.let_one_go()
    assert (first.recv(100), loop.open) == (b"", 1)
    assert loop.intake.let_one_go()
    assert not loop.intake.let_one_go()


def test_a_request_that_came_with_the_one_before_needs_no_more_bytes(loop: Loop) -> None:
    _, conn = loop.connect(HEAD + b"abcd")
    conn.buffer.take()

    loop.intake.begin_with(conn, HEAD + b"wxyz")

    assert loop.whole == [conn, conn]
    assert bytes(conn.buffer.take()) == HEAD + b"wxyz"


def test_bytes_of_a_request_count_until_it_is_answered(loop: Loop) -> None:
    _, conn = loop.connect(HEAD + b"abcd")
    conn.held = len(conn.buffer.take())
    assert loop.intake.buffered == len(HEAD) + 4

    loop.intake.release(conn)
    loop.intake.release(conn)  # nothing is held any more

    assert loop.intake.buffered == 0
