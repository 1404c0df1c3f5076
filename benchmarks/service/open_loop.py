"""Requests that come when they come, whatever became of the ones before.

Each goes over a connection of its own, is sent at its time, and is watched until the server closes. One
thread and one ``selectors`` loop, so that a few thousand a second cost the service little of the machine.
"""

from __future__ import annotations

import json
import resource
import selectors
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

GIVE_UP_SECONDS: Final = 10.0
_HEAD: Final = (
    b"POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
)


@dataclass(slots=True)
class Offered:
    """How long requests took, by what became of them.

    ``200``: a whole answer; ``200 REASON``: a degraded one; other statuses; or what broke.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, outcome: str, seconds: float) -> None:
        self.seconds.setdefault(outcome, []).append(seconds)

    @classmethod
    def of_all(cls, parts: Iterable[Offered]) -> Offered:
        whole = cls()
        for part in parts:
            for outcome, seconds in part.seconds.items():
                whole.seconds.setdefault(outcome, []).extend(seconds)
        return whole


class _Request:
    """One request under way."""

    __slots__ = ("begun", "client", "received", "sent")

    def __init__(self, client: socket.socket, begun: float, data: bytes) -> None:
        self.client = client
        self.begun = begun
        self.sent = data
        self.received = b""


def offer(port: int, key: str, rate: float, seconds: float, bodies: Sequence[bytes]) -> Offered:
    """Send ``rate`` requests a second for ``seconds``, and wait for what comes of them."""
    _allow_many_sockets()
    offered, open_ = Offered(), set[_Request]()
    ready = [_HEAD % (key.encode(), len(body)) + body for body in bodies]
    number = 0
    with selectors.DefaultSelector() as selector:
        begun = time.monotonic()
        while True:
            now = time.monotonic()
            due = min(now - begun, seconds) * rate
            while number < due:
                request = _start(port, ready[number % len(ready)], offered)
                number += 1
                if request is not None:
                    open_.add(request)
                    selector.register(request.client, selectors.EVENT_WRITE, request)
            if now - begun > seconds and (not open_ or now - begun > seconds + GIVE_UP_SECONDS):
                break
            for key, _ in selector.select(0.001):
                outcome = _go_on(selector, key.data)
                if outcome is not None:
                    _end(selector, key.data, offered, outcome)
                    open_.discard(key.data)
        for request in open_:
            _end(selector, request, offered, "no answer")
    return offered


def _allow_many_sockets() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _start(port: int, data: bytes, offered: Offered) -> _Request | None:
    begun = time.monotonic()
    try:
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port))
    except OSError as error:
        offered.add(type(error).__name__, time.monotonic() - begun)
        return None
    return _Request(client, begun, data)


def _go_on(selector: selectors.BaseSelector, request: _Request) -> str | None:
    """Send or receive what is possible; the outcome once there is one."""
    try:
        if request.sent:
            request.sent = request.sent[request.client.send(request.sent) :]
            if not request.sent:
                selector.modify(request.client, selectors.EVENT_READ, request)
            return None
        piece = request.client.recv(65_536)
    except BlockingIOError:
        return None
    except OSError as error:
        return type(error).__name__
    request.received += piece
    return None if piece else _outcome(request.received)


def _end(selector: selectors.BaseSelector, request: _Request, offered: Offered, outcome: str) -> None:
    offered.add(outcome, time.monotonic() - request.begun)
    selector.unregister(request.client)
    request.client.close()


def _outcome(received: bytes) -> str:
    head, _, body = received.partition(b"\r\n\r\n")
    status = head[9:12].decode() or "closed"
    if status != "200":
        return status
    return " ".join([status, *json.loads(body)["degraded_by"]])
