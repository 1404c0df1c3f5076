"""gunicorn's worker with threads, for clients that may be slow, silent or too many.

The event loop collects each request until it is whole; only then does a thread take it. So half requests
cost bytes, not threads; whatever is incomplete after its deadline is refused. Requests that would wait too
long for a thread are refused at once, health has threads of its own, and connections stay below the
descriptors there are.
"""

from __future__ import annotations

import contextlib
import errno
import resource
import selectors
import socket
import struct
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent import futures
from functools import partial
from typing import Any, Final

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from nba_service.process.arrival import note_arrival
from nba_service.server.admission import AdmissionQueue, Patience, is_probe
from nba_service.server.refusals import malformed_chunks, overloaded, too_slow
from nba_service.server.request_buffer import RequestBuffer, Stage
from nba_service.settings import Settings

_YIELD_SECONDS: Final = 0.001
_RECEIVE_BYTES: Final = 65_536
_PROBE_THREADS: Final = 2
_READY_A_THREAD: Final = 2
"""Requests handed to the pool per thread: one that runs and one that follows it."""
_WAITING_A_THREAD: Final = 64
_SPARE_DESCRIPTORS: Final = 128
"""For the store, the registry, logs and journals."""
_ACCEPTS_A_TURN: Final = 16
_ACCEPT_PAUSE_SECONDS: Final = 0.05
_BUFFER_BYTES: Final = 32 * 1_048_576
"""What all incomplete requests of a worker may hold together."""
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_LAST_DATA_RECEIVED: Final = struct.Struct("=8x44xI")  # tcp_info as far as tcpi_last_data_recv (ms)


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A connection with what has come of its next request."""

    def __init__(self, worker: Worker, client: socket.socket, address: object, server: object) -> None:
        super().__init__(worker.cfg, client, address, server)
        self.buffer = RequestBuffer(worker.max_body)
        self.readable_at = 0.0
        self.patience = 0.0
        self.deadline = 0.0


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Collects requests in the event loop, admits them, and answers them in threads."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.configure(Settings(), lambda reason: None)

    def configure(self, settings: Settings, count: Callable[[str], None]) -> None:
        """Take bounds and deadlines from the settings; ``count``: told why a request was refused."""
        self.max_body = settings.max_body_bytes
        self._head_seconds = settings.head_seconds
        self._body_seconds = settings.body_seconds
        self._patience = Patience(
            settings.web_deadline_ms / 1000,
            settings.mail_deadline_ms / 1000,
            settings.request_timeout_seconds / 2,
        )
        self._count = count

    def init_process(self) -> None:
        self.worker_connections: int = min(self.cfg.worker_connections, _most_connections())
        self.max_keepalived = max(self.worker_connections - self.cfg.threads, 1)
        self._probes = futures.ThreadPoolExecutor(_PROBE_THREADS, "probe")
        self._queue: AdmissionQueue[Connection] = AdmissionQueue(_WAITING_A_THREAD * self.cfg.threads)
        self._incoming: dict[Stage, OrderedDict[Connection, None]] = {
            Stage.HEAD: OrderedDict(),
            Stage.BODY: OrderedDict(),
        }
        self._answering = 0
        self._buffered = 0
        self._accept_again_at = 0.0
        super().init_process()

    # -- connections --

    def accept(self, listener: Any) -> None:
        """Take connections that wait, unless another worker has fewer and takes them meanwhile."""
        if self.nr_conns >= self.cfg.threads and self.cfg.workers > 1 and not self._queue:
            time.sleep(_YIELD_SECONDS)
        for _ in range(_ACCEPTS_A_TURN):
            if self.nr_conns >= self.worker_connections and not self._let_one_go():
                return
            try:
                client, address = listener.accept()
            except OSError as error:
                self._not_accepted(error)
                return
            self.nr_conns += 1
            conn = Connection(self, client, address, listener.getsockname())
            self._begin(conn, _readable_since(client, time.monotonic()))
            if not self._queue:
                return

    def _not_accepted(self, error: OSError) -> None:
        if error.errno in _EXHAUSTED:
            self._let_one_go()
            self.set_accept_enabled(False)
            self._accept_again_at = time.monotonic() + _ACCEPT_PAUSE_SECONDS
        elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
            raise error

    def set_accept_enabled(self, enabled: bool) -> None:
        """As gunicorn's, but not while there are no descriptors left."""
        if enabled and self.alive and time.monotonic() < self._accept_again_at:
            return
        super().set_accept_enabled(enabled)

    def _let_one_go(self) -> bool:
        """Close a connection that nothing is answered on, the longest idle first; whether there was one."""
        if self.keepalived_conns:
            conn = self.keepalived_conns.popleft()
            self._unregister(conn)
            self._close(conn)
            return True
        for stage in (Stage.HEAD, Stage.BODY):
            if self._incoming[stage]:
                self._drop(next(iter(self._incoming[stage])))
                return True
        return False

    # -- requests as they arrive --

    def on_client_socket_readable(self, conn: Connection, client: object) -> None:
        """A kept connection sends its next request."""
        self.keepalived_conns.remove(conn)
        self._unregister(conn)
        self._begin(conn, time.monotonic())

    def _begin(self, conn: Connection, readable_at: float) -> None:
        """Read what has come of a new request."""
        conn.readable_at = readable_at
        conn.deadline = readable_at + self._head_seconds
        conn.sock.setblocking(False)
        self._incoming[Stage.HEAD][conn] = None
        self._receive(conn, registered=False)

    def _on_readable(self, conn: Connection, _client: object) -> None:
        self._receive(conn, registered=True)

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

    def _feed(self, conn: Connection, received: bytes, *, registered: bool) -> None:
        buffer = conn.buffer
        before = buffer.stage
        self._buffered += len(received)
        stage = buffer.feed(received)
        if stage is Stage.HEAD or stage is Stage.BODY:
            if stage is not before:
                self._expect_body(conn)
            if self._buffered > _BUFFER_BYTES and self._incoming[Stage.BODY]:
                self._refuse(next(iter(self._incoming[Stage.BODY])), overloaded(), "overloaded")
            if conn in self._incoming[stage]:
                self._wait(conn, registered)
            return
        self._forget(conn, registered=registered)
        if stage is Stage.MALFORMED:
            self._refuse(conn, malformed_chunks(), "malformed")
        else:
            self._admit(conn)

    def _expect_body(self, conn: Connection) -> None:
        del self._incoming[Stage.HEAD][conn]
        self._incoming[Stage.BODY][conn] = None
        conn.deadline = conn.readable_at + self._body_seconds
        if conn.buffer.expects_continue:
            with contextlib.suppress(OSError):
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _wait(self, conn: Connection, registered: bool) -> None:
        if not registered:
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_readable, conn))

    # -- admission --

    def _admit(self, conn: Connection) -> None:
        """Hand a whole request to a thread, let it wait, or refuse it."""
        if is_probe(conn.buffer):
            self._submit(conn, self._probes)
        elif self._answering < _READY_A_THREAD * self.cfg.threads:
            self._answering += 1
            self._submit(conn, self.tpool)
        else:
            now = time.monotonic()
            conn.patience = self._patience.of(conn.buffer)
            for late in self._queue.add(conn, now):
                self._refuse(late, overloaded(), "overloaded")

    def _submit(self, conn: Connection, pool: futures.ThreadPoolExecutor) -> None:
        future = pool.submit(self.handle, conn)
        counted = pool is self.tpool
        future.add_done_callback(lambda done: self.method_queue.defer(self._answered, conn, done, counted))

    def _answered(self, conn: Connection, future: futures.Future[object], counted: bool) -> None:
        """After an answer: the connection's next request, and the next that waits."""
        if counted:
            self._answering -= 1
            self._admit_next()
        self.finish_request(conn, future)

    def _admit_next(self) -> None:
        following, late = self._queue.next(time.monotonic())
        for conn in late:
            self._refuse(conn, overloaded(), "overloaded")
        if following is not None:
            self._answering += 1
            self._submit(following, self.tpool)

    def enqueue_req(self, conn: Connection) -> None:
        """A request that came together with the one before it."""
        conn.readable_at = time.monotonic()
        conn.deadline = conn.readable_at + self._head_seconds
        conn.sock.setblocking(False)
        self._incoming[Stage.HEAD][conn] = None
        self._feed(conn, conn.parser.unreader.take_buffered(), registered=False)

    def handle(self, conn: Connection) -> object:
        """Answer a whole request, in a thread."""
        note_arrival(conn.readable_at)
        try:
            conn.data_ready = True
            conn.init()
            conn.sock.settimeout(self._body_seconds)  # for clients that do not read their answer
            taken = conn.buffer.take()
            conn.parser.unreader.unread(taken)
            self.method_queue.defer(self._release, len(taken))
            return super().handle(conn)
        finally:
            note_arrival(None)

    def _release(self, size: int) -> None:
        self._buffered -= size

    # -- refusals and ends --

    def murder_pending(self) -> None:
        """Refuse what has not come in time, and what has waited too long. Runs every turn of the loop."""
        now = time.monotonic()
        for stage, seconds in ((Stage.HEAD, self._head_seconds), (Stage.BODY, self._body_seconds)):
            incoming = self._incoming[stage]
            while incoming and next(iter(incoming)).deadline <= now:
                conn = next(iter(incoming))
                if conn.buffer.data:
                    self._refuse(conn, too_slow(seconds, stage.value), "too_slow")
                else:
                    self._drop(conn)
        if not self.alive:
            for conn in [conn for conn in self._incoming[Stage.HEAD] if not conn.buffer.data]:
                conn.deadline = min(conn.deadline, now + STOP_KEEPALIVE_LINGER)

    def _refuse(self, conn: Connection, answer: bytes, reason: str) -> None:
        self._forget(conn, registered=True)
        self._buffered -= len(conn.buffer.data)
        conn.buffer.take()
        self._count(reason)
        with contextlib.suppress(OSError):
            conn.sock.setblocking(False)
            conn.sock.send(answer)
            conn.sock.shutdown(socket.SHUT_WR)
        self._close(conn)

    def _drop(self, conn: Connection, *, registered: bool = True) -> None:
        self._forget(conn, registered=registered)
        self._buffered -= len(conn.buffer.data)
        self._close(conn)

    def _forget(self, conn: Connection, *, registered: bool) -> None:
        """No more is read from it for now."""
        known = [self._incoming[stage].pop(conn, self) is None for stage in (Stage.HEAD, Stage.BODY)]
        if registered and any(known):
            self._unregister(conn)

    def _unregister(self, conn: Connection) -> None:
        with contextlib.suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()


def _most_connections() -> int:
    """As many as there are descriptors for, beyond those that the service itself needs."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(soft - _SPARE_DESCRIPTORS, 16) if soft != resource.RLIM_INFINITY else 1 << 16


def _readable_since(client: socket.socket, now: float) -> float:
    """When the last byte came that waits in the socket; now, where the kernel does not tell."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return now
    try:
        info = client.getsockopt(socket.IPPROTO_TCP, option, _LAST_DATA_RECEIVED.size)
    except OSError:
        return now
    if len(info) < _LAST_DATA_RECEIVED.size:
        return now
    since_ms: int = _LAST_DATA_RECEIVED.unpack(info)[0]
    return now - min(since_ms / 1000, 60.0)
