"""A client's connection, with what has come of its next request."""

from __future__ import annotations

import socket
import struct
from typing import Final

from gunicorn.workers.gthread import TConn

from nba_service.server.request_buffer import RequestBuffer

_LAST_DATA_RECEIVED: Final = struct.Struct("=8x44xI")  # tcp_info as far as tcpi_last_data_recv (ms)


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A connection with what has come of its next request."""

    def __init__(
        self, config: object, client: socket.socket, address: object, server: object, max_body: int
    ) -> None:
        """``server``: the address that the client connected to; ``max_body``: bytes that are collected."""
        super().__init__(config, client, address, server)
        self.buffer = RequestBuffer(max_body)
        self.held = 0
        """Bytes of the request that is being answered."""
        self.too_long = False
        """Whether the body of its request is longer than what was collected of it."""
        self.readable_at = 0.0
        """When the first byte of its request could be read (``time.monotonic()``)."""
        self.whole_at = 0.0
        """When its last byte could be read: from then on it waits for us, not for its client."""
        self.patience = 0.0
        """How many seconds its request may wait for a thread."""
        self.deadline = 0.0
        """When the head or body that is being read must be complete (``time.monotonic()``)."""


def readable_since(client: socket.socket, now: float) -> float:
    """When the last byte came that waits in the socket; ``now``, where the kernel does not say."""
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
