"""Whole requests get a thread, wait for one, or are refused; health never waits."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from nba_service.server.admission import Patience
from nba_service.server.connection import Connection
from nba_service.server.request_threads import RequestThreads


class Loop:
    """An event loop of one worker with one thread, whose answers wait to be let go."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(1)
        self.go = threading.Semaphore(0)
        self.deferred: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.finished: list[Connection] = []
        self.refused: list[Connection] = []
        self.looked: list[int] = []
        self.threads = RequestThreads(
            self.pool,
            1,
            Patience(0.2, 2.0, 30.0),
            handle=self.handle,
            defer=lambda call, *args: self.deferred.put(partial(call, *args)),
            finish=lambda conn, _done: self.finished.append(conn),
            refuse=lambda conn, _answer, _reason: self.refused.append(conn),
            before_next=lambda: self.looked.append(self.threads.waiting),
        )

    def handle(self, conn: Connection) -> object:
        if b"/healthz" not in conn.buffer.head:
            self.go.acquire()
        return True

    def admit(self, path: str, whole_at: float) -> Connection:
        ours, theirs = socket.socketpair()
        theirs.close()
        conn = Connection(None, ours, "client", "server", max_body=1_000)
        conn.buffer.feed(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        conn.whole_at = whole_at
        self.threads.admit(conn)
        return conn

    def answer_one(self) -> None:
        self.go.release()
        self.deferred.get(timeout=5)()


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    for _ in range(200):
        loop.go.release()
    loop.pool.shutdown()


def test_two_requests_a_thread_are_handed_over_and_the_next_wait(loop: Loop) -> None:
    first, second, third = (loop.admit("/", float("inf")) for _ in range(3))
    assert loop.threads.waiting == 1

    for _ in range(3):
        loop.answer_one()

    assert loop.finished == [first, second, third]
    assert loop.looked == [1]  # new connections are taken before the one that waits gets its turn


def test_a_request_that_waited_too_long_is_refused_when_its_turn_comes(loop: Loop) -> None:
    """2 s of deadline, so 1 s of patience; it has waited for 1.5 s."""
    loop.admit("/", float("inf"))
    loop.admit("/", float("inf"))
    loop.threads._begun = 0.0
    late = loop.admit("/", time.monotonic() - 1.5)
    assert loop.refused == []

    loop.answer_one()

    assert loop.refused == [late]
    assert loop.threads.waiting == 0


def test_waiting_counts_from_when_the_worker_was_ready(loop: Loop) -> None:
    requests = [loop.admit("/", time.monotonic() - 60) for _ in range(3)]

    for _ in requests:
        loop.answer_one()

    assert loop.finished == requests


def test_beyond_the_queue_requests_are_refused_at_once(loop: Loop) -> None:
    for _ in range(2 + 64):
        loop.admit("/", float("inf"))
    beyond = loop.admit("/", float("inf"))

    assert loop.refused == [beyond]


def test_health_has_threads_of_its_own(loop: Loop) -> None:
    for _ in range(3):
        loop.admit("/", float("inf"))
    probe = loop.admit("/healthz", float("inf"))

    loop.deferred.get(timeout=5)()

    assert loop.finished == [probe]
    assert loop.threads.waiting == 1
