"""gunicorn's worker for slow, silent or too many clients.

The event loop collects each request until it is whole (``request_intake``); only then does a thread take it
(``request_threads``). Connections stay below the descriptors there are.
"""

from __future__ import annotations

import errno
import resource
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from gunicorn.http.message import Message
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from nba_service.process.arrival import note_arrival
from nba_service.server.admission import Patience
from nba_service.server.connection import Connection, readable_since
from nba_service.server.refusals import unreadable_head
from nba_service.server.request_intake import RequestIntake
from nba_service.server.request_threads import RequestThreads
from nba_service.settings import Settings

_YIELD_SECONDS: Final = 0.001
_SPARE_DESCRIPTORS: Final = 128
"""For the store, the registry, logs and journals."""
_ACCEPT_SECONDS: Final = 0.02
"""How long connections are taken before the answers that are done are looked at."""
_ACCEPT_PAUSE_SECONDS: Final = 0.05
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Collects requests, admits them, and answers them in threads."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.configure(Settings(), lambda reason: None)

    def configure(self, settings: Settings, count: Callable[[str], None]) -> None:
        """Take bounds and deadlines from the settings; ``count``: told why a request was refused."""
        self._settings = settings
        self._count = count

    def init_process(self) -> None:
        self.worker_connections: int = min(self.cfg.worker_connections, _most_connections())
        self.max_keepalived = max(self.worker_connections - self.cfg.threads, 1)
        super().init_process()

    def run(self) -> None:
        """The event loop, until the worker ends."""
        settings = self._settings
        self._accept_again_at = 0.0
        self._intake = RequestIntake(
            self.poller,
            head_seconds=settings.head_seconds,
            body_seconds=settings.body_seconds,
            whole=lambda conn: self._threads.admit(conn),
            closed=self._one_less,
            count=self._count,
        )
        self._threads = RequestThreads(
            self.tpool,
            self.cfg.threads,
            Patience(
                settings.web_deadline_ms / 1000,
                settings.mail_deadline_ms / 1000,
                settings.request_timeout_seconds / 2,
            ),
            handle=self.handle,
            defer=self.method_queue.defer,
            finish=self.finish_request,
            before_next=self.accept_waiting,
            refuse=self._intake.refuse,
        )
        super().run()

    def accept(self, listener: socket.socket) -> None:
        """Take connections that wait, unless another worker has fewer and takes them meanwhile."""
        if self.nr_conns >= self.cfg.threads and self.cfg.workers > 1 and not self._threads.waiting:
            time.sleep(_YIELD_SECONDS)
        until = time.monotonic() + _ACCEPT_SECONDS
        while self._accept_one(listener) and self._threads.waiting and time.monotonic() < until:
            pass

    def accept_waiting(self) -> None:
        """Take all connections that wait, before a thread is given its next request.

        Else those who are answered would take the time in which others are refused, and all would be late.
        """
        until = time.monotonic() + _ACCEPT_SECONDS
        for listener in self.sockets if self._accepting else ():
            while self._accept_one(listener) and time.monotonic() < until:
                pass

    def _accept_one(self, listener: socket.socket) -> bool:
        """Whether there was a connection, and room for it."""
        if self.nr_conns >= self.worker_connections and not self._let_one_go():
            return False
        try:
            client, address = listener.accept()
        except OSError as error:
            self._not_accepted(error)
            return False
        self.nr_conns += 1
        conn = Connection(self.cfg, client, address, listener.getsockname(), self._settings.max_body_bytes)
        self._intake.begin(conn, readable_since(client, time.monotonic()))
        return True

    def set_accept_enabled(self, enabled: bool) -> None:
        """As gunicorn's, but not while there are no descriptors left."""
        if enabled and self.alive and time.monotonic() < self._accept_again_at:
            return
        super().set_accept_enabled(enabled)

    def on_client_socket_readable(self, conn: Connection, client: object) -> None:
        """A kept connection sends its next request."""
        self.keepalived_conns.remove(conn)
        self._intake.unregister(conn)
        self._intake.begin(conn, readable_since(conn.sock, time.monotonic()))

    def enqueue_req(self, conn: Connection) -> None:
        """A request that came together with the one before it."""
        self._intake.begin_with(conn, conn.parser.unreader.take_buffered())

    def handle(self, conn: Connection) -> object:
        """Answer a whole request, in a thread."""
        note_arrival(conn.readable_at)
        try:
            conn.data_ready = True
            conn.init()
            conn.sock.settimeout(self._settings.body_seconds)  # for clients that do not read their answer
            conn.too_long = conn.buffer.too_long
            conn.held = len(conn.buffer.data)
            conn.parser.unreader.unread(conn.buffer.take())
            return super().handle(conn)
        finally:
            note_arrival(None)

    def finish_request(self, conn: Connection, fs: object) -> None:
        """After an answer, in the event loop, which is not woken for the request's bytes alone."""
        self._intake.release(conn)
        super().finish_request(conn, fs)

    def handle_request(self, req: Message, conn: Connection) -> object:
        """Answer; after a body that did not come whole say that the connection is closed, before it is."""
        if conn.too_long:
            req.force_close()
        return super().handle_request(req, conn)

    def handle_error(self, req: object, client: socket.socket, address: object, error: Exception) -> None:
        """As gunicorn's, but what is wrong with a head is a problem like all others, and not in the log."""
        answer = unreadable_head(error)
        if answer is None:
            super().handle_error(req, client, address, error)
            return
        self._count("malformed")
        with suppress(OSError):
            client.sendall(answer)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        """Whether the connection stays, which the answer has said: what nobody read of the body is here."""
        until = time.monotonic() + self._settings.body_seconds
        most = self._settings.max_body_bytes
        return keepalive and bool(conn.parser.finish_body(deadline=until, max_bytes=most))

    def murder_pending(self) -> None:
        """Refuse what has not come in time. Runs every turn of the loop."""
        now = time.monotonic()
        self._intake.refuse_late(now)
        if not self.alive:
            self._intake.limit_silent(now + STOP_KEEPALIVE_LINGER)

    def _not_accepted(self, error: OSError) -> None:
        if error.errno in _EXHAUSTED:
            self._let_one_go()
            self.set_accept_enabled(False)
            self._accept_again_at = time.monotonic() + _ACCEPT_PAUSE_SECONDS
        elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
            raise error

    def _let_one_go(self) -> bool:
        """Close a connection that nothing is answered on, the longest idle first; whether there was one."""
        if not self.keepalived_conns:
            return self._intake.let_one_go()
        conn = self.keepalived_conns.popleft()
        self._intake.unregister(conn)
        self._intake.close(conn)
        return True

    def _one_less(self) -> None:
        self.nr_conns -= 1


def _most_connections() -> int:
    """As many as there are descriptors for, beyond those that the service itself needs."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(soft - _SPARE_DESCRIPTORS, 16) if soft != resource.RLIM_INFINITY else 1 << 16
