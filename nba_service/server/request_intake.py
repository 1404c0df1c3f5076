"""Reads requests in the event loop until each is whole.

What is late or malformed is refused. Half requests cost bytes, not threads: whatever is incomplete after its
deadline is refused. Runs in the event loop alone, so nothing here is locked.
"""

from __future__ import annotations

import contextlib
import selectors
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final

from nba_service.server.connection import Connection, readable_since
from nba_service.server.refusals import malformed_chunks, overloaded, too_large, too_slow
from nba_service.server.request_buffer import Stage

_RECEIVE_BYTES: Final = 65_536
_BUFFER_BYTES: Final = 32 * 1_048_576
"""What the requests of a worker may hold together; beyond it those that are incomplete are refused."""


class RequestIntake:
    """The connections that a request is being read from."""

    def __init__(
        self,
        poller: selectors.BaseSelector,
        *,
        head_seconds: float,
        body_seconds: float,
        whole: Callable[[Connection], None],
        closed: Callable[[], None],
        count: Callable[[str], None],
    ) -> None:
        """``whole``: called with a connection whose request is complete; ``closed``: after each close.

        ``count``: called with the reason of each refusal.
        """
        self._poller = poller
        self._head_seconds = head_seconds
        self._body_seconds = body_seconds
        self._whole = whole
        self._closed = closed
        self._count = count
        self._incoming: dict[Stage, OrderedDict[Connection, None]] = {
            Stage.HEAD: OrderedDict(),
            Stage.BODY: OrderedDict(),
        }
        self.buffered = 0
        """Bytes of all requests that are not answered yet."""

    def begin(self, conn: Connection, readable_at: float) -> None:
        """Read what has come of a new request."""
        self._expect_head(conn, readable_at)
        self._receive(conn, registered=False)

    def begin_with(self, conn: Connection, received: bytes) -> None:
        """A request whose first bytes came together with the one before it."""
        now = time.monotonic()
        conn.sock.setblocking(False)
        self._expect_head(conn, now)
        self._feed(conn, received, registered=False, arrived_at=now)

    def release(self, conn: Connection) -> None:
        """The request that a thread had taken is answered: its bytes count no more."""
        self.buffered -= conn.held
        conn.held = 0

    def let_one_go(self) -> bool:
        """Drop the request that has been incomplete for longest; whether there was one."""
        for stage in (Stage.HEAD, Stage.BODY):
            if self._incoming[stage]:
                self._drop(next(iter(self._incoming[stage])))
                return True
        return False

    def refuse_late(self, now: float) -> None:
        """Refuse what has not come in time."""
        for stage, seconds in ((Stage.HEAD, self._head_seconds), (Stage.BODY, self._body_seconds)):
            incoming = self._incoming[stage]
            while incoming and next(iter(incoming)).deadline <= now:
                conn = next(iter(incoming))
                if conn.buffer.data:
                    self.refuse(conn, too_slow(seconds, stage.value), "too_slow")
                else:
                    self._drop(conn)

    def limit_silent(self, until: float) -> None:
        """Give connections that have sent nothing yet no longer than ``until``."""
        for conn in [conn for conn in self._incoming[Stage.HEAD] if not conn.buffer.data]:
            conn.deadline = min(conn.deadline, until)

    def refuse(self, conn: Connection, answer: bytes, reason: str) -> None:
        """Send a refusal and close; ``reason``: how it is counted."""
        self._forget(conn, registered=True)
        self.buffered -= len(conn.buffer.data)
        conn.buffer.take()
        self._count(reason)
        with contextlib.suppress(OSError):
            conn.sock.send(answer)
        self.close(conn)

    def unregister(self, conn: Connection) -> None:
        """Have the event loop no longer wait for a connection's bytes."""
        with contextlib.suppress(OSError, KeyError, ValueError):
            self._poller.unregister(conn.sock)

    def close(self, conn: Connection) -> None:
        self._closed()
        conn.close()

    def _expect_head(self, conn: Connection, readable_at: float) -> None:
        conn.readable_at = readable_at
        conn.deadline = readable_at + self._head_seconds
        self._incoming[Stage.HEAD][conn] = None

    def _receive(self, conn: Connection, *, registered: bool) -> None:
        try:
            received = conn.sock.recv(_RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            received = None
        except OSError:
            received = b""
        if received == b"":
            self._drop(conn, registered=registered)
        elif received is None:
            self._wait(conn, registered)
        else:
            self._feed(conn, received, registered=registered)

    def _feed(
        self, conn: Connection, received: bytes, *, registered: bool, arrived_at: float | None = None
    ) -> None:
        before = conn.buffer.stage
        self.buffered += len(received)
        stage = conn.buffer.feed(received)
        if stage is Stage.HEAD or stage is Stage.BODY:
            if stage is not before:
                self._expect_body(conn)
            if self.buffered > _BUFFER_BYTES and self._incoming[Stage.BODY]:
                self.refuse(next(iter(self._incoming[Stage.BODY])), overloaded(), "overloaded")
            if conn in self._incoming[stage]:
                self._wait(conn, registered)
            return
        self._forget(conn, registered=registered)
        if stage is Stage.MALFORMED:
            self.refuse(conn, malformed_chunks(), "malformed")
        elif stage is Stage.TOO_LARGE:
            self.refuse(conn, too_large(conn.buffer.max_body), "too_large")
        else:
            conn.whole_at = readable_since(conn.sock, time.monotonic()) if arrived_at is None else arrived_at
            self._whole(conn)

    def _expect_body(self, conn: Connection) -> None:
        del self._incoming[Stage.HEAD][conn]
        self._incoming[Stage.BODY][conn] = None
        conn.deadline = conn.readable_at + self._body_seconds
        if conn.buffer.expects_continue:
            with contextlib.suppress(OSError):
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _wait(self, conn: Connection, registered: bool) -> None:
        if not registered:
            more = partial(self._receive, conn, registered=True)
            self._poller.register(conn.sock, selectors.EVENT_READ, lambda _client: more())

    def _drop(self, conn: Connection, *, registered: bool = True) -> None:
        self._forget(conn, registered=registered)
        self.buffered -= len(conn.buffer.data)
        self.close(conn)

    def _forget(self, conn: Connection, *, registered: bool) -> None:
        """No more is read from it for now."""
        known = [self._incoming[stage].pop(conn, self) is None for stage in (Stage.HEAD, Stage.BODY)]
        if registered and any(known):
            self.unregister(conn)
