"""Connections spread over the workers, so that one worker's threads do not wait while another idles."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import wait_until

THREADS = 2
ROUNDS = 20
APPLICATION = """
import os

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Two workers that answer with their process id, both of them up."""
    (tmp_path / "who.py").write_text(APPLICATION)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "who:app", "--chdir", str(tmp_path), "--no-control-socket"]
    command += ["-b", f"127.0.0.1:{number}", "-w", "2", "--threads", str(THREADS)]
    with subprocess.Popen(
        [*command, "-k", "nba_service.server.worker.Worker"], stderr=subprocess.DEVNULL
    ) as server:
        try:
            seen: set[bytes] = set()

            def both_answer() -> bool:
                seen.update(answer(one) for one in opened(number, 4))
                return len(seen) == 2

            wait_until(both_answer, failure=lambda: f"workers that answered: {seen}")
            yield number
        finally:
            server.terminate()


def opened(port: int, number: int) -> list[http.client.HTTPConnection]:
    """So many connections, one after the other; none before the server takes any."""
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(number)]
    try:
        for one in connections:
            one.connect()
    except ConnectionRefusedError:
        return []
    return connections


def answer(connection: http.client.HTTPConnection) -> bytes:
    connection.request("GET", "/")
    return connection.getresponse().read()


def test_a_worker_leaves_connections_to_one_that_has_fewer(port: int) -> None:
    even = 0
    for _ in range(ROUNDS):
        connections = [one for _ in range(2 * THREADS) for one in opened(port, 1) if answer(one)]
        even += set(Counter(answer(one) for one in connections).values()) == {THREADS}
        for one in connections:
            one.close()
        time.sleep(0.1)  # the workers notice at their next look; nothing of theirs says so to a client
    assert even >= 0.5 * ROUNDS  # a busy machine; gunicorn's own: two or three of twenty
