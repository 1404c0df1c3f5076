"""When the bytes came that wait in a socket."""

from __future__ import annotations

import socket
import sys
import time

import pytest

from nba_service.server.connection import readable_since
from tests.waiting import wait_until


def test_without_what_the_kernel_says_it_is_now() -> None:
    one, other = socket.socketpair()
    try:
        assert readable_since(one, 123.0) == 123.0
    finally:
        one.close()
        other.close()


@pytest.mark.skipif(sys.platform != "linux", reason="tcp_info is Linux's")
def test_the_kernel_knows_since_when_bytes_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        taken, _ = server.accept()
        with client, taken:
            sent = time.monotonic()
            client.sendall(b"GET")
            taken.recv(3, socket.MSG_PEEK)
            wait_until(lambda: time.monotonic() - sent > 0.02)

            now = time.monotonic()
            found = readable_since(taken, now)

    assert found <= now - 0.01, "they have waited for 20 ms at least"
